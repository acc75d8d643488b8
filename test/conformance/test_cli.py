"""The AWS CLI: a call of every operation, as users type it."""

from datetime import datetime, timedelta, timezone

from support import (
    ACCOUNT,
    EXTERNAL_ID,
    GUID,
    IPV6_REGION,
    OTHER_ACCOUNT,
    ROLE_ARN,
    Case,
    aws,
    aws_at_once,
    role_profile,
)

PAGED = ('--region', 'us-west-2')
PAGED_NAMES = [f'page-{number}' for number in range(1, 46)]
NAMES = ('--query', 'instances[].name')
ROLE = ('--role-arn', ROLE_ARN, '--role-session-name', 'conformance')


class Reading(Case):
    def test_get_instance_prints_the_instance(self):
        instance = aws('lightsail', 'get-instance', '--instance-name', 'web-1').json['instance']
        truth = self.control.instance('web-1')
        self.assertEqual(instance['arn'], truth['arn'])
        self.assertEqual(instance['state'], {'code': 16, 'name': 'running'})
        self.assertEqual(instance['metadataOptions'], truth['metadataOptions'])

    def test_get_instances_follows_the_pages_by_itself_or_stops_where_it_is_told(self):
        call = ('lightsail', 'get-instances', *PAGED)
        every, start, first = aws_at_once((*call, *NAMES), (*call, '--max-items', 30), (*call, '--no-paginate'))
        self.assertEqual(every.json, PAGED_NAMES)
        self.assertEqual([instance['name'] for instance in start.json['instances']], PAGED_NAMES[:30])
        self.assertEqual([instance['name'] for instance in first.json['instances']], PAGED_NAMES[:20])
        rest, second = aws_at_once(
            (*call, *NAMES, '--starting-token', start.json['NextToken']),
            (*call, *NAMES, '--no-paginate', '--page-token', first.json['nextPageToken']),
        )
        self.assertEqual(rest.json, PAGED_NAMES[30:])
        self.assertEqual(second.json, PAGED_NAMES[20:40])

    def test_get_regions_prints_the_zones_when_asked(self):
        flags = ['--include-availability-zones', '--include-relational-database-availability-zones']
        plain, zones = aws_at_once(('lightsail', 'get-regions'), ('lightsail', 'get-regions', *flags))
        self.assertEqual(len(plain.json['regions']), 20)
        self.assertEqual(plain.json['regions'][0]['availabilityZones'], [])
        for member in ['availabilityZones', 'relationalDatabaseAvailabilityZones']:
            self.assertEqual(zones.json['regions'][0][member][0], {'zoneName': 'us-east-1a', 'state': 'available'})

    def test_get_instance_metric_data_takes_its_seven_parameters(self):
        hour = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
        call = (
            *('lightsail', 'get-instance-metric-data', '--region', 'eu-west-1', '--instance-name', 'busy-1'),
            *('--metric-name', 'MetadataNoToken', '--unit', 'Count', '--period', 3600),
            *('--start-time', (hour - timedelta(hours=1)).isoformat(), '--end-time', hour.isoformat()),
        )
        every = ('--statistics', 'Minimum', 'Maximum', 'Sum', 'Average', 'SampleCount')
        (point,) = aws(*call, *every).json['metricData']
        point.pop('timestamp')
        values = {'minimum': 1.0, 'maximum': 1.0, 'sum': 12.0, 'average': 1.0, 'sampleCount': 12.0}
        self.assertEqual(point, {'unit': 'Count', **values})


class Changing(Case):
    UPDATE = ('lightsail', 'update-instance-metadata-options', '--instance-name')

    def test_update_takes_all_parameters_and_prints_the_operation(self):
        name = self.new_instance(IPV6_REGION)
        run = aws(
            *(*self.UPDATE, name, '--region', IPV6_REGION, '--http-tokens', 'required', '--http-endpoint', 'disabled'),
            *('--http-put-response-hop-limit', 3, '--http-protocol-ipv6', 'enabled'),
        )
        operation = run.json['operation']
        self.assertRegex(operation['id'], f'^{GUID}$')
        self.assertEqual(operation['resourceName'], name)
        self.assertEqual(operation['resourceType'], 'Instance')
        self.assertEqual(operation['operationType'], 'UpdateInstanceMetadataOptions')
        self.assertEqual((operation['status'], operation['isTerminal']), ('Started', False))
        self.assertEqual(operation['location']['regionName'], IPV6_REGION)
        self.assertEqual(
            self.applied_options(name, IPV6_REGION),
            {
                'httpTokens': 'required',
                'httpEndpoint': 'disabled',
                'httpPutResponseHopLimit': 3,
                'httpProtocolIpv6': 'enabled',
            },
        )

    def test_update_without_tokens_makes_them_optional(self):
        name = self.new_instance(metadataOptions={'httpTokens': 'required'})
        self.assertEqual(aws(*self.UPDATE, name, '--http-put-response-hop-limit', 2).status, 0)
        self.assertEqual(self.applied_options(name)['httpTokens'], 'optional')

    def test_update_that_failed_prints_why(self):
        name = self.new_instance()
        self.fault({'operationFailed': True}, operation='UpdateInstanceMetadataOptions', instance=name)
        operation = aws(*self.UPDATE, name, '--http-tokens', 'required').json['operation']
        self.assertEqual((operation['status'], operation['isTerminal']), ('Failed', True))
        self.assertEqual(operation['errorCode'], 'OperationFailure')
        self.assertIn('could not be changed', operation['errorDetails'])

    def test_the_operations_are_found_by_id_by_resource_and_in_the_list_of_all(self):
        region = ('--region', 'eu-west-3')
        name = self.new_instance('eu-west-3')
        made = [aws(*self.UPDATE, name, *region).json['operation']['id'] for _ in range(2)]
        ids = ('--query', 'operations[].id')
        one, of_resource, every = aws_at_once(
            ('lightsail', 'get-operation', *region, '--operation-id', made[0]),
            ('lightsail', 'get-operations-for-resource', *region, '--resource-name', name, *ids),
            ('lightsail', 'get-operations', *region, *ids),
        )
        self.assertEqual(one.json['operation']['resourceName'], name)
        self.assertEqual(of_resource.json, made)
        self.assertEqual(every.json, made)


class Identity(Case):
    def test_sts_names_the_caller_and_hands_out_a_role_for_its_external_id(self):
        caller, role, wrong, missing = aws_at_once(
            ('sts', 'get-caller-identity'),
            ('sts', 'assume-role', *ROLE, '--external-id', EXTERNAL_ID, '--duration-seconds', 900),
            ('sts', 'assume-role', *ROLE, '--external-id', 'wrong'),
            ('sts', 'assume-role', *ROLE),
        )
        self.assertEqual(caller.json['Account'], ACCOUNT)
        for refused in [wrong, missing]:
            self.assertNotEqual(refused.status, 0)
            self.assertIn('(AccessDenied) when calling the AssumeRole operation', refused.errors)
        keys = role.json['Credentials']
        run = aws(
            'lightsail',
            'get-instances',
            *NAMES,
            AWS_ACCESS_KEY_ID=keys['AccessKeyId'],
            AWS_SECRET_ACCESS_KEY=keys['SecretAccessKey'],
            AWS_SESSION_TOKEN=keys['SessionToken'],
        )
        self.assertEqual(run.json, ['theirs-1'])
        self.assertIn(f'::{OTHER_ACCOUNT}:', role.json['AssumedRoleUser']['Arn'])

    def test_a_profile_with_a_role_is_followed_without_more_words(self):
        with role_profile() as config:
            run = aws('lightsail', 'get-instances', *NAMES, '--profile', 'rollout', AWS_CONFIG_FILE=config)
        self.assertEqual(run.json, ['theirs-1'])
