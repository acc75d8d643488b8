"""The service's errors, caught by the classes that boto3 makes of its model."""

import json
import urllib.error
import urllib.request

from botocore.config import Config
from botocore.exceptions import ClientError
from support import MODELLED, STRICT_URL, Case, Control, lightsail, strict

# The statuses that real logs show, and those of the API model.
USUAL_STATUS = {name: 500 if name == 'ServiceException' else 400 for name in MODELLED}
MODEL_STATUS = {
    **USUAL_STATUS,
    'AccessDeniedException': 403,
    'AccountSetupInProgressException': 428,
    'NotFoundException': 404,
    'RegionSetupInProgressException': 428,
    'UnauthenticatedException': 401,
}
UNMODELLED = {
    'ThrottlingException': 400,
    'UnrecognizedClientException': 400,
    'ExpiredTokenException': 400,
    'OptInRequired': 400,
    'InternalFailure': 500,
    'ServiceUnavailable': 503,
}
# Every operation of the simulator, with input that it takes.
OPERATIONS = {
    'get_instance': {'instanceName': 'web-1'},
    'get_instances': {},
    'update_instance_metadata_options': {'instanceName': 'web-1'},
    'get_operation': {'operationId': 'any'},
    'get_operations': {},
    'get_operations_for_resource': {'resourceName': 'web-1'},
    'get_regions': {},
    'get_instance_metric_data': {
        'instanceName': 'web-1',
        'metricName': 'StatusCheckFailed',
        'period': 60,
        'startTime': 0,
        'endTime': 60,
        'unit': 'Count',
        'statistics': ['Sum'],
    },
}


class ModelledException(Case):
    def test_are_all_that_boto3_knows(self):
        model = lightsail().meta.service_model
        self.assertEqual(sorted(shape.name for shape in model.error_shapes), MODELLED)
        self.assertEqual(set(OPERATIONS), {lightsail_method(name) for name in simulated_operations()})

    def test_is_caught_by_its_own_class_with_all_its_members_from_every_operation(self):
        client = lightsail()
        for name in MODELLED:
            self.control.clear()
            self.fault({'error': {'name': name, 'message': 'Told by the test.'}})
            for operation, parameters in OPERATIONS.items():
                with self.subTest(name, operation=operation):
                    exception = getattr(client.exceptions, name)
                    response = self.refused(exception, getattr(client, operation), **parameters)
                    self.assertEqual(response['Error'], {'Code': name, 'Message': 'Told by the test.'})
                    self.assertEqual(response['code'], name)
                    self.assertEqual(response['message'], 'Told by the test.')
                    self.assertRegex(response['docs'], '^https://docs.aws.amazon.com/')
                    self.assertRegex(response['tip'], r'\w')
                    self.assertEqual(response['ResponseMetadata']['HTTPStatusCode'], USUAL_STATUS[name])
                    self.assertTrue(response['ResponseMetadata']['RequestId'])

    def test_is_caught_by_no_other_class(self):
        client = lightsail()
        for name in MODELLED:
            self.control.clear()
            self.fault({'error': name})
            others = tuple(getattr(client.exceptions, other) for other in MODELLED if other != name)
            with self.subTest(name), self.assertRaises(ClientError) as caught:
                client.get_instances()
            self.assertNotIsInstance(caught.exception, others)

    def test_has_words_of_its_own_when_a_fault_gives_none(self):
        client = lightsail()
        for name in MODELLED:
            self.control.clear()
            self.fault({'error': name})
            with self.subTest(name):
                response = self.refused(getattr(client.exceptions, name), client.get_instances)
                self.assertRegex(response['message'], r'\w+ \w+')

    def test_is_caught_by_its_own_class_under_the_statuses_of_the_model_too(self):
        control = Control(STRICT_URL)
        self.addCleanup(control.clear)
        client = strict('us-east-2')
        for name in MODELLED:
            control.clear()
            control.request('POST', 'faults', {'effect': {'error': name}})
            with self.subTest(name):
                response = self.refused(getattr(client.exceptions, name), client.get_instances)
                self.assertEqual(response['ResponseMetadata']['HTTPStatusCode'], MODEL_STATUS[name])


class UnmodelledError(Case):
    def test_is_a_client_error_with_its_code_and_of_no_modelled_class(self):
        client = lightsail()
        modelled = tuple(getattr(client.exceptions, name) for name in MODELLED)
        for name, status in UNMODELLED.items():
            self.control.clear()
            self.fault({'error': name})
            with self.subTest(name), self.assertRaises(ClientError) as caught:
                client.get_instances()
            self.assertNotIsInstance(caught.exception, modelled)
            response = caught.exception.response
            self.assertEqual(response['Error']['Code'], name)
            self.assertEqual(response['ResponseMetadata']['HTTPStatusCode'], status)
            self.assertNotIn('tip', response)


class Retry(Case):
    RETRYING = Config(retries={'mode': 'standard', 'max_attempts': 5})

    def test_of_boto3s_own_gets_over_what_passes(self):
        client = lightsail(config=self.RETRYING)
        for name in ['ThrottlingException', 'InternalFailure', 'ServiceUnavailable', 'ServiceException']:
            self.control.clear()
            self.fault({'error': name}, operation='GetInstances', times=1)
            with self.subTest(name):
                self.assertEqual(client.get_instances()['ResponseMetadata']['RetryAttempts'], 1)
                errors = [call['error'] for call in self.control.calls('GetInstances')]
                self.assertEqual(errors, [name, None])

    def test_of_boto3s_own_leaves_what_will_not_pass(self):
        client = lightsail(config=self.RETRYING)
        self.fault({'error': 'AccessDeniedException'})
        self.refused(client.exceptions.AccessDeniedException, client.get_instances)
        self.assertEqual(len(self.control.calls()), 1)


class Throttle(Case):
    def test_of_a_scenario_lets_a_burst_through_and_then_refuses(self):
        client = strict('eu-west-1')
        with self.assertRaises(ClientError) as caught:
            for _ in range(200):
                client.get_regions()
        self.assertEqual(caught.exception.response['Error']['Code'], 'ThrottlingException')
        retrying = strict('eu-west-1', config=Retry.RETRYING)
        self.assertEqual(len(retrying.get_regions()['regions']), 20)


class UnsignedRequest(Case):
    def test_without_any_client_gets_the_services_own_error(self):
        headers = {'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Lightsail_20161128.GetInstances'}
        request = urllib.request.Request(self.control.url, b'{}', headers, method='POST')
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        with caught.exception as reply:
            self.assertEqual(json.load(reply)['__type'], 'UnauthenticatedException')


def simulated_operations():
    """The operations that the simulator's documentation lists, of those that boto3 knows."""
    listed = ['GetInstance', 'GetInstances', 'UpdateInstanceMetadataOptions', 'GetInstanceMetricData', 'GetRegions']
    return [*listed, 'GetOperation', 'GetOperations', 'GetOperationsForResource']


def lightsail_method(operation):
    methods = lightsail().meta.method_to_api_mapping
    return next(method for method, name in methods.items() if name == operation)
