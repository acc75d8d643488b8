"""Every reply as it goes over the wire, against the model that boto3 and the AWS CLI parse it with."""

import json
import time

from shapes import missing, problems, read_raw
from support import IPV6_REGION, MODELLED, Case, lightsail

HEALTH = ['instanceStatus', 'systemStatus']
METRICS = ['MetadataNoToken', 'StatusCheckFailed', 'StatusCheckFailed_Instance', 'StatusCheckFailed_System']
STATISTICS = ['Minimum', 'Maximum', 'Sum', 'Average', 'SampleCount']


class Reply(Case):
    def assert_fits(self, method, parameters, client=None):
        raw, shape = read_raw(client or lightsail(), method, parameters)
        self.assertEqual(list(problems(shape, raw)), [])
        return raw, shape

    def test_of_an_instance_has_every_member_that_applies_to_it(self):
        name = self.new_instance(IPV6_REGION, healthy=False, tags={'env': 'prod'})
        parameters = {'instanceName': name, 'includeHealthStatus': True}
        raw, shape = self.assert_fits('get_instance', parameters, lightsail(IPV6_REGION))
        instance, instance_shape = raw['instance'], shape.members['instance']
        self.assertEqual(missing(instance_shape, instance), {'ipv6Addresses'})
        for member in ['location', 'hardware', 'networking', 'state', 'metadataOptions', *HEALTH]:
            self.assertEqual(missing(instance_shape.members[member], instance[member]), set())

    def test_of_a_page_fits_the_model_and_has_its_token(self):
        client = lightsail('us-west-2')
        raw, shape = self.assert_fits('get_instances', {'includeHealthStatus': True}, client)
        self.assertEqual(missing(shape, raw), set())
        raw, shape = self.assert_fits('get_instances', {}, lightsail('ap-south-1'))
        self.assertEqual(missing(shape, raw), {'nextPageToken'})

    def test_of_an_update_has_every_member_once_it_fails(self):
        name = self.new_instance()
        raw, shape = self.assert_fits('update_instance_metadata_options', {'instanceName': name})
        operation_shape = shape.members['operation']
        self.assertEqual(missing(shape, raw), set())
        self.assertEqual(missing(operation_shape, raw['operation']), {'errorCode', 'errorDetails'})
        self.fault({'operationFailed': True}, operation='UpdateInstanceMetadataOptions', instance=name)
        raw, _ = self.assert_fits('update_instance_metadata_options', {'instanceName': name})
        self.assertEqual(missing(operation_shape, raw['operation']), set())

    def test_about_operations_fits_the_model(self):
        name = self.new_instance()
        client = lightsail()
        operation = client.update_instance_metadata_options(instanceName=name)['operation']
        self.assert_fits('get_operation', {'operationId': operation['id']})
        self.assert_fits('get_operations', {})
        self.assert_fits('get_operations_for_resource', {'resourceName': name})

    def test_of_the_regions_has_every_member(self):
        both = {'includeAvailabilityZones': True, 'includeRelationalDatabaseAvailabilityZones': True}
        raw, shape = self.assert_fits('get_regions', both)
        for region in raw['regions']:
            self.assertEqual(missing(shape.members['regions'].member, region), set())

    def test_of_each_metric_has_every_statistic(self):
        end = int(time.time())
        for metric in METRICS:
            request = {
                'instanceName': 'busy-1',
                'metricName': metric,
                'period': 300,
                'startTime': end - 3600,
                'endTime': end,
                'unit': 'Count',
                'statistics': STATISTICS,
            }
            with self.subTest(metric):
                raw, shape = self.assert_fits('get_instance_metric_data', request, lightsail('eu-west-1'))
                self.assertGreaterEqual(len(raw['metricData']), 11)
                self.assertEqual(missing(shape.members['metricData'].member, raw['metricData'][0]), set())

    def test_of_a_modelled_exception_has_its_members_and_its_type(self):
        client = lightsail()
        bodies = []

        def keep(response_dict, **_):
            bodies.append(json.loads(response_dict['body']))

        client.meta.events.register('before-parse.lightsail.GetInstances', keep)
        self.addCleanup(client.meta.events.unregister, 'before-parse.lightsail.GetInstances', keep)
        for name in MODELLED:
            self.control.clear()
            self.fault({'error': name})
            with self.subTest(name):
                self.refused(getattr(client.exceptions, name), client.get_instances)
                body = bodies.pop()
                self.assertEqual(body.pop('__type'), name)
                shape = client.meta.service_model.shape_for(name)
                self.assertEqual(list(problems(shape, body)), [])
                self.assertEqual(missing(shape, body), set())
