"""Input that the service refuses, sent by a boto3 that checks nothing itself."""

from botocore.exceptions import ParamValidationError
from support import IPV6_REGION, Case, lightsail, unchecked

WRONG_NAMES = ['', 'a', '-web', 'web-', 'web 1', 'web.1', 'web/1', 'wéb', 'web\n']
UPDATE = 'update_instance_metadata_options'

# Operation, input, and what the message has to name.
REFUSED = [
    ('get_instance', {}, 'instanceName'),
    ('get_instance', {'instanceName': 7}, 'instanceName'),
    ('get_instance', {'instanceName': 'web-1', 'includeHealthStatus': 'yes'}, 'includeHealthStatus'),
    ('get_instances', {'includeHealthStatus': 1}, 'includeHealthStatus'),
    ('get_instances', {'pageToken': 7}, 'pageToken'),
    (UPDATE, {}, 'instanceName'),
    (UPDATE, {'instanceName': 'web-1', 'httpTokens': 'never'}, 'httpTokens'),
    (UPDATE, {'instanceName': 'web-1', 'httpTokens': 'Required'}, 'httpTokens'),
    (UPDATE, {'instanceName': 'web-1', 'httpEndpoint': 'on'}, 'httpEndpoint'),
    (UPDATE, {'instanceName': 'web-1', 'httpPutResponseHopLimit': 0}, 'httpPutResponseHopLimit'),
    (UPDATE, {'instanceName': 'web-1', 'httpPutResponseHopLimit': 65}, 'httpPutResponseHopLimit'),
    (UPDATE, {'instanceName': 'web-1', 'httpPutResponseHopLimit': -1}, 'httpPutResponseHopLimit'),
    (UPDATE, {'instanceName': 'web-1', 'httpPutResponseHopLimit': 1.5}, 'httpPutResponseHopLimit'),
    (UPDATE, {'instanceName': 'web-1', 'httpPutResponseHopLimit': '2'}, 'httpPutResponseHopLimit'),
    ('get_operation', {}, 'operationId'),
    ('get_operation', {'operationId': ' '}, 'operationId'),
    ('get_operations', {'pageToken': 'nonsense'}, 'token'),
    ('get_operations_for_resource', {}, 'resourceName'),
    ('get_operations_for_resource', {'resourceName': 'web-1', 'pageToken': 7}, 'pageToken'),
    ('get_regions', {'includeAvailabilityZones': 'yes'}, 'includeAvailabilityZones'),
    (
        'get_regions',
        {'includeRelationalDatabaseAvailabilityZones': 'yes'},
        'includeRelationalDatabaseAvailabilityZones',
    ),
]


class Input(Case):
    def assert_refused(self, client, method, parameters, named):
        response = self.refused(client.exceptions.InvalidInputException, getattr(client, method), **parameters)
        self.assertIn(named, response['message'])

    def test_that_is_missing_or_wrong_is_refused_by_the_name_of_its_member(self):
        before = self.control.instance('web-1')
        for method, parameters, named in REFUSED:
            with self.subTest(method, parameters=parameters):
                self.assert_refused(unchecked(), method, parameters, named)
        self.assertEqual(self.control.instance('web-1'), before)

    def test_of_the_wrong_form_is_no_name(self):
        for name in WRONG_NAMES:
            with self.subTest(name=name):
                self.assert_refused(unchecked(), 'get_instance', {'instanceName': name}, 'instanceName')
                self.assert_refused(unchecked(), UPDATE, {'instanceName': name}, 'instanceName')
                self.assert_refused(unchecked(), 'get_operations_for_resource', {'resourceName': name}, 'resourceName')

    def test_for_ipv6_is_checked_where_it_exists_too(self):
        name = self.new_instance(IPV6_REGION)
        wrong = {'instanceName': name, 'httpProtocolIpv6': 'maybe'}
        self.assert_refused(unchecked(IPV6_REGION), UPDATE, wrong, 'httpProtocolIpv6')

    def test_that_boto3_refuses_itself_never_reaches_the_simulator(self):
        client = lightsail()
        for method, parameters in [
            ('get_instance', {}),
            (UPDATE, {'instanceName': 'web-1', 'httpPutResponseHopLimit': 'two'}),
            (UPDATE, {'instanceName': 'web-1', 'httpToken': 'required'}),
        ]:
            with self.subTest(method, parameters=parameters), self.assertRaises(ParamValidationError):
                getattr(client, method)(**parameters)
        self.assertEqual(self.control.calls(), [])


class OtherOperation(Case):
    def test_is_refused_by_its_name_whichever_boto3_knows(self):
        client = unchecked()
        simulated = {
            'GetInstance',
            'GetInstances',
            'UpdateInstanceMetadataOptions',
            'GetOperation',
            'GetOperations',
            'GetOperationsForResource',
            'GetRegions',
            'GetInstanceMetricData',
        }
        others = {
            method: operation
            for method, operation in client.meta.method_to_api_mapping.items()
            if operation not in simulated
        }
        self.assertGreater(len(others), 100)
        for method, operation in others.items():
            with self.subTest(operation):
                response = self.refused(client.exceptions.InvalidInputException, getattr(client, method))
                self.assertIn(operation, response['message'])
