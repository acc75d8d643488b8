"""GetInstance and GetInstances, read by boto3."""

from datetime import datetime, timezone

from support import ACCOUNT, GUID, OTHER_ACCOUNT, OTHER_KEY, Case, lightsail

PAGED = 'us-west-2'
PAGED_NAMES = [f'page-{number}' for number in range(1, 46)]


class OneInstance(Case):
    def test_has_its_identity_its_place_its_state_and_its_options(self):
        name = self.new_instance(tags={'env': 'prod', 'owner': 'Zoë'}, blueprint='debian_12')
        truth = self.control.instance(name)
        instance = lightsail().get_instance(instanceName=name)['instance']
        self.assertEqual(instance['name'], name)
        self.assertRegex(instance['arn'], f'^arn:aws:lightsail:us-east-1:{ACCOUNT}:Instance/{GUID}$')
        self.assertEqual(instance['arn'], truth['arn'])
        self.assertEqual(instance['createdAt'], datetime.fromisoformat(truth['createdAt'].replace('Z', '+00:00')))
        self.assertEqual(instance['location'], {'availabilityZone': 'us-east-1a', 'regionName': 'us-east-1'})
        self.assertEqual(instance['tags'], [{'key': 'env', 'value': 'prod'}, {'key': 'owner', 'value': 'Zoë'}])
        self.assertEqual(instance['blueprintId'], 'debian_12')
        self.assertEqual(instance['state'], {'code': 16, 'name': 'running'})
        self.assertEqual(
            instance['metadataOptions'],
            {'state': 'applied', 'httpTokens': 'optional', 'httpEndpoint': 'enabled', 'httpPutResponseHopLimit': 1},
        )

    def test_in_eu_north_1_has_an_option_for_ipv6(self):
        name = self.new_instance('eu-north-1')
        instance = lightsail('eu-north-1').get_instance(instanceName=name)['instance']
        self.assertEqual(instance['metadataOptions']['httpProtocolIpv6'], 'disabled')

    def test_of_a_hardened_blueprint_starts_with_tokens_required(self):
        name = self.new_instance(blueprint='amazon_linux_2023')
        instance = lightsail().get_instance(instanceName=name)['instance']
        self.assertEqual(instance['metadataOptions']['httpTokens'], 'required')

    def test_whose_options_are_unknown_has_no_options_in_its_reply(self):
        name = self.new_instance(metadataOptions=None)
        self.assertNotIn('metadataOptions', lightsail().get_instance(instanceName=name)['instance'])

    def test_is_in_the_state_that_it_was_put_in(self):
        name = self.new_instance()
        for state, code in [('stopped', 80), ('stopping', 64), ('pending', 0), ('running', 16)]:
            with self.subTest(state):
                self.control.patch(name, state=state)
                instance = lightsail().get_instance(instanceName=name)['instance']
                self.assertEqual(instance['state'], {'code': code, 'name': state})

    def test_that_took_over_a_name_is_another_one(self):
        name = self.new_instance()
        first = lightsail().get_instance(instanceName=name)['instance']
        self.control.delete(name)
        self.control.create(name)
        self.assertNotEqual(lightsail().get_instance(instanceName=name)['instance']['arn'], first['arn'])

    def test_that_is_not_there_is_not_found(self):
        client = lightsail()
        response = self.refused(client.exceptions.NotFoundException, client.get_instance, instanceName='nobody')
        self.assertIn('nobody', response['message'])

    def test_of_another_region_or_account_is_not_found(self):
        name = self.new_instance()
        other = lightsail(aws_access_key_id=OTHER_KEY, aws_secret_access_key='any')
        for client in [lightsail('us-east-2'), other]:
            self.refused(client.exceptions.NotFoundException, client.get_instance, instanceName=name)


class Paging(Case):
    def test_by_token_gives_pages_of_20_and_no_token_after_the_last(self):
        client = lightsail(PAGED)
        pages = [client.get_instances()]
        while token := pages[-1].get('nextPageToken'):
            pages.append(client.get_instances(pageToken=token))
        self.assertEqual([len(page['instances']) for page in pages], [20, 20, 5])
        self.assertEqual([instance['name'] for page in pages for instance in page['instances']], PAGED_NAMES)

    def test_by_boto3s_own_paginator_gives_every_instance_once(self):
        pages = lightsail(PAGED).get_paginator('get_instances').paginate()
        self.assertEqual(list(pages.search('instances[].name')), PAGED_NAMES)

    def test_by_boto3s_own_paginator_stops_and_goes_on_where_it_is_told(self):
        paginator = lightsail(PAGED).get_paginator('get_instances')
        start = paginator.paginate(PaginationConfig={'MaxItems': 30}).build_full_result()
        rest = paginator.paginate(PaginationConfig={'StartingToken': start['NextToken']}).build_full_result()
        names = [[instance['name'] for instance in part['instances']] for part in [start, rest]]
        self.assertEqual(names, [PAGED_NAMES[:30], PAGED_NAMES[30:]])

    def test_by_the_token_of_a_page_can_be_repeated(self):
        client = lightsail(PAGED)
        token = client.get_instances()['nextPageToken']
        pages = [client.get_instances(pageToken=token)['instances'] for _ in range(2)]
        self.assertEqual(pages[0], pages[1])

    def test_by_a_token_of_another_region_or_of_nowhere_is_refused(self):
        token = lightsail(PAGED).get_instances()['nextPageToken']
        for client, wrong in [(lightsail('us-east-2'), token), (lightsail(PAGED), 'nonsense'), (lightsail(PAGED), '')]:
            with self.subTest(token=wrong):
                self.refused(client.exceptions.InvalidInputException, client.get_instances, pageToken=wrong)

    def test_of_a_region_without_instances_is_one_empty_page(self):
        page = lightsail('ap-south-1').get_instances()
        self.assertEqual(page['instances'], [])
        self.assertNotIn('nextPageToken', page)

    def test_of_exactly_one_page_has_no_token(self):
        page = lightsail('ap-southeast-2').get_instances()
        self.assertEqual(len(page['instances']), 20)
        self.assertNotIn('nextPageToken', page)

    def test_shows_each_account_its_own_instances(self):
        other = lightsail(aws_access_key_id=OTHER_KEY, aws_secret_access_key='any')
        (instance,) = other.get_instances()['instances']
        self.assertEqual(instance['name'], 'theirs-1')
        self.assertIn(f':{OTHER_ACCOUNT}:', instance['arn'])


class Health(Case):
    CASES = [
        ({}, 'ok', 'ok', ['passed'], ['passed']),
        ({'healthy': False}, 'impaired', 'ok', ['failed'], ['passed']),
        ({'state': 'pending'}, 'initializing', 'initializing', ['initializing'], ['initializing']),
        ({'state': 'stopped'}, 'not-applicable', 'not-applicable', [], []),
    ]

    def test_comes_with_one_instance_when_it_is_asked_for(self):
        for members, instance_status, system_status, instance_checks, system_checks in self.CASES:
            with self.subTest(members):
                name = self.new_instance(**members)
                read = lightsail().get_instance(instanceName=name, includeHealthStatus=True)['instance']
                for status, value, checks in [
                    (read['instanceStatus'], instance_status, instance_checks),
                    (read['systemStatus'], system_status, system_checks),
                ]:
                    self.assertEqual(status['status'], value)
                    self.assertEqual([detail['status'] for detail in status['details']], checks)
                    self.assertTrue(all(detail['name'] == 'reachability' for detail in status['details']))

    def test_of_an_impaired_instance_tells_since_when(self):
        before = datetime.now(timezone.utc)
        name = self.new_instance(healthy=False)
        read = lightsail().get_instance(instanceName=name, includeHealthStatus=True)['instance']
        (detail,) = read['instanceStatus']['details']
        self.assertLess(abs((detail['impairedSince'] - before).total_seconds()), 5)

    def test_comes_with_every_instance_of_a_page_and_of_the_next_one(self):
        pages = lightsail(PAGED).get_paginator('get_instances').paginate(includeHealthStatus=True)
        self.assertEqual(list(pages.search('instances[].instanceStatus.status')), ['ok'] * 45)

    def test_is_left_out_when_it_is_not_asked_for(self):
        name = self.new_instance()
        one = lightsail().get_instance
        for read in [one(instanceName=name), one(instanceName=name, includeHealthStatus=False)]:
            self.assertNotIn('instanceStatus', read['instance'])
            self.assertNotIn('systemStatus', read['instance'])
        for page in [lightsail(PAGED).get_instances(), lightsail(PAGED).get_instances(includeHealthStatus=False)]:
            self.assertNotIn('instanceStatus', page['instances'][0])
