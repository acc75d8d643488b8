"""The operations that updates leave behind, read by boto3."""

from datetime import datetime, timezone

from support import GUID, Case, lightsail

SUCCESS = {
    'id': str,
    'resourceName': str,
    'resourceType': str,
    'createdAt': datetime,
    'location': dict,
    'isTerminal': bool,
    'operationDetails': str,
    'operationType': str,
    'status': str,
    'statusChangedAt': datetime,
}
FAILURE = {**SUCCESS, 'errorCode': str, 'errorDetails': str}


class OperationOfAnUpdate(Case):
    def update(self, name, region='us-east-1', **options):
        return lightsail(region).update_instance_metadata_options(instanceName=name, **options)['operation']

    def read(self, operation):
        return lightsail().get_operation(operationId=operation['id'])['operation']

    def assert_types(self, operation, types):
        self.assertEqual({field: type(value) for field, value in operation.items()}, types)

    def test_that_was_accepted_has_every_field_but_the_errors(self):
        name = self.new_instance()
        operation = self.update(name, httpTokens='required')
        self.assert_types(operation, SUCCESS)
        self.assertRegex(operation['id'], f'^{GUID}$')
        self.assertEqual(operation['resourceName'], name)
        self.assertEqual(operation['resourceType'], 'Instance')
        self.assertEqual(operation['location'], {'availabilityZone': 'us-east-1a', 'regionName': 'us-east-1'})
        self.assertEqual(operation['operationType'], 'UpdateInstanceMetadataOptions')
        self.assertEqual((operation['status'], operation['isTerminal']), ('Started', False))
        self.assertLess(abs((operation['createdAt'] - datetime.now(timezone.utc)).total_seconds()), 5)
        self.assertEqual(operation['statusChangedAt'], operation['createdAt'])

    def test_that_failed_has_the_errors_too_and_changed_nothing(self):
        name = self.new_instance()
        before = self.control.instance(name)
        self.fault({'operationFailed': True}, operation='UpdateInstanceMetadataOptions', instance=name)
        operation = self.update(name, httpTokens='required')
        self.assert_types(operation, FAILURE)
        self.assertEqual((operation['status'], operation['isTerminal']), ('Failed', True))
        self.assertEqual(operation['errorCode'], 'OperationFailure')
        self.assertIn('could not be changed', operation['errorDetails'])
        self.assertEqual(self.read(operation), operation)
        self.assertEqual(self.control.instance(name), before)

    def test_are_all_the_fields_that_boto3_knows(self):
        shape = lightsail().meta.service_model.shape_for('Operation')
        self.assertEqual(set(shape.members), set(FAILURE))

    def test_succeeds_when_the_options_are_applied(self):
        operation = self.update(self.new_instance(), httpTokens='required')
        done = self.wait_for(lambda: self.read(operation), lambda found: found['isTerminal'])
        self.assert_types(done, SUCCESS)
        self.assertEqual(done['status'], 'Succeeded')
        self.assertGreater(done['statusChangedAt'], operation['createdAt'])
        changing = {'status', 'isTerminal', 'statusChangedAt'}
        self.assertEqual(
            {field: value for field, value in done.items() if field not in changing},
            {field: value for field, value in operation.items() if field not in changing},
        )

    def test_stays_open_while_the_options_are_stuck(self):
        name = self.new_instance()
        self.fault({'stuckPending': True}, operation='UpdateInstanceMetadataOptions', instance=name)
        operation = self.update(name, httpTokens='required')
        self.assertEqual(self.read(operation)['status'], 'Started')
        self.assertEqual(self.control.instance(name)['metadataOptions']['state'], 'pending')

    def test_is_found_by_its_id_in_its_own_region_only(self):
        operation = self.update(self.new_instance())
        self.assertEqual(self.read(operation)['id'], operation['id'])
        for client, wanted in [(lightsail('us-east-2'), operation['id']), (lightsail(), 'no-such-operation')]:
            response = self.refused(client.exceptions.NotFoundException, client.get_operation, operationId=wanted)
            self.assertIn(wanted, response['message'])


class OperationsPaging(Case):
    # No other test has instances in these regions, so that all of their operations are known.
    def updates(self, region, count):
        name = self.new_instance(region)
        client = lightsail(region)
        update = client.update_instance_metadata_options
        return name, [update(instanceName=name)['operation']['id'] for _ in range(count)]

    def walk(self, call, **parameters):
        pages = [call(**parameters)]
        while token := pages[-1].get('nextPageToken'):
            pages.append(call(**parameters, pageToken=token))
        return [[operation['id'] for operation in page['operations']] for page in pages]

    def test_of_a_region_goes_from_the_oldest_to_the_newest(self):
        _, made = self.updates('ca-central-1', 45)
        client = lightsail('ca-central-1')
        pages = self.walk(client.get_operations)
        self.assertEqual([len(page) for page in pages], [20, 20, 5])
        self.assertEqual(sum(pages, []), made)
        paginated = client.get_paginator('get_operations').paginate()
        self.assertEqual(list(paginated.search('operations[].id')), made)

    def test_of_a_resource_gives_only_its_own(self):
        name, made = self.updates('us-east-2', 41)
        self.updates('us-east-2', 1)
        pages = self.walk(lightsail('us-east-2').get_operations_for_resource, resourceName=name)
        self.assertEqual([len(page) for page in pages], [20, 20, 1])
        self.assertEqual(sum(pages, []), made)

    def test_of_a_resource_that_was_never_changed_is_empty(self):
        name = self.new_instance()
        self.assertEqual(self.walk(lightsail().get_operations_for_resource, resourceName=name), [[]])

    def test_of_a_resource_that_was_deleted_still_tells_of_it(self):
        name, made = self.updates('us-east-2', 2)
        self.control.delete(name, 'us-east-2')
        call = lightsail('us-east-2').get_operations_for_resource
        self.assertEqual(self.walk(call, resourceName=name), [made])

    def test_of_a_resource_that_never_was_is_not_found(self):
        client = lightsail()
        call = client.get_operations_for_resource
        self.refused(client.exceptions.NotFoundException, call, resourceName='nobody')

    def test_by_a_token_of_another_listing_is_refused(self):
        name, _ = self.updates('us-east-2', 21)
        client = lightsail('us-east-2')
        token = client.get_operations_for_resource(resourceName=name)['nextPageToken']
        self.refused(client.exceptions.InvalidInputException, client.get_operations, pageToken=token)
