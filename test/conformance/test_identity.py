"""STS by boto3, and whom Lightsail takes a caller for."""

import os
import unittest.mock
from datetime import datetime, timezone

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from support import ACCOUNT, EXTERNAL_ID, OTHER_ACCOUNT, ROLE_ARN, STRICT_URL, Case, lightsail, role_profile

REQUEST = {'RoleArn': ROLE_ARN, 'RoleSessionName': 'conformance', 'ExternalId': EXTERNAL_ID}


def sts(**options):
    return boto3.client('sts', **options)


def session(credentials, **left_out):
    keys = {
        'aws_access_key_id': credentials['AccessKeyId'],
        'aws_secret_access_key': credentials['SecretAccessKey'],
        'aws_session_token': credentials['SessionToken'],
    }
    return boto3.Session(**{**keys, **left_out})


class IdentityCase(Case):
    def refused_with(self, code, status, call, *arguments, **parameters):
        response = self.refused(ClientError, call, *arguments, **parameters)
        self.assertEqual(response['Error']['Code'], code)
        self.assertEqual(response['ResponseMetadata']['HTTPStatusCode'], status)
        return response


class Caller(IdentityCase):
    def test_with_keys_of_an_account_is_a_user_of_it(self):
        caller = sts().get_caller_identity()
        self.assertEqual(caller['Account'], ACCOUNT)
        self.assertEqual(caller['Arn'], f'arn:aws:iam::{ACCOUNT}:user/simulator')
        self.assertRegex(caller['UserId'], '^AIDA[0-9A-Z]{16}$')
        metadata = caller['ResponseMetadata']
        self.assertEqual(metadata['RequestId'], metadata['HTTPHeaders']['x-amzn-requestid'])

    def test_with_unknown_keys_is_refused_by_sts_and_by_lightsail(self):
        keys = {'aws_access_key_id': 'AKIANOBODY0000000000', 'aws_secret_access_key': 'any'}
        self.refused_with('InvalidClientTokenId', 403, sts(**keys).get_caller_identity)
        self.refused_with('UnrecognizedClientException', 400, lightsail(**keys).get_instances)

    def test_that_signs_nothing_is_refused_by_sts_and_by_lightsail(self):
        unsigned = Config(signature_version=UNSIGNED)
        client = boto3.client('lightsail', config=unsigned)
        self.refused(client.exceptions.UnauthenticatedException, client.get_instances)
        self.refused_with('MissingAuthenticationToken', 403, sts(config=unsigned).get_caller_identity)

    def test_gets_no_other_operation_of_sts(self):
        self.refused_with('InvalidAction', 400, sts().get_session_token)


class AssumedRole(IdentityCase):
    def test_hands_out_keys_that_reach_the_account_of_the_role(self):
        reply = sts().assume_role(**REQUEST)
        arn = f'arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/imds-rollout/conformance'
        self.assertEqual(reply['AssumedRoleUser']['Arn'], arn)
        assumed = session(reply['Credentials'])
        caller = assumed.client('sts').get_caller_identity()
        self.assertEqual((caller['Account'], caller['Arn']), (OTHER_ACCOUNT, arn))
        self.assertEqual(caller['UserId'], reply['AssumedRoleUser']['AssumedRoleId'])
        (instance,) = assumed.client('lightsail').get_instances()['instances']
        self.assertEqual(instance['name'], 'theirs-1')

    def test_may_change_instances_there(self):
        name = self.new_instance('eu-west-2', OTHER_ACCOUNT)
        client = session(sts().assume_role(**REQUEST)['Credentials']).client('lightsail', region_name='eu-west-2')
        client.update_instance_metadata_options(instanceName=name, httpTokens='required')
        options = client.get_instance(instanceName=name)['instance']['metadataOptions']
        self.assertEqual(options['httpTokens'], 'required')

    def test_lasts_as_long_as_it_was_asked_for(self):
        for parameters, seconds in [({}, 3600), ({'DurationSeconds': 900}, 900), ({'DurationSeconds': 43_200}, 43_200)]:
            with self.subTest(parameters):
                credentials = sts().assume_role(**REQUEST, **parameters)['Credentials']
                left = (credentials['Expiration'] - datetime.now(timezone.utc)).total_seconds()
                self.assertLess(abs(left - seconds), 10)

    def test_without_an_external_id_of_its_own_needs_none(self):
        open_role = {'RoleArn': ROLE_ARN.replace('imds-rollout', 'open'), 'RoleSessionName': 'conformance'}
        self.assertIn('Credentials', sts().assume_role(**open_role))

    def test_is_denied_with_a_wrong_or_missing_external_id_and_when_it_is_not_there(self):
        missing = {name: value for name, value in REQUEST.items() if name != 'ExternalId'}
        unknown = {**REQUEST, 'RoleArn': ROLE_ARN.replace('imds-rollout', 'no-such-role')}
        for request in [{**REQUEST, 'ExternalId': 'wrong'}, missing, unknown]:
            with self.subTest(request):
                response = self.refused_with('AccessDenied', 403, sts().assume_role, **request)
                self.assertIn('is not authorized to perform: sts:AssumeRole', response['Error']['Message'])

    def test_is_refused_to_input_out_of_bounds(self):
        client = sts(config=Config(parameter_validation=False))
        for wrong, named in [
            ({'RoleArn': 'arn:aws:iam::1:role/x-role'}, 'RoleArn'),
            ({'RoleSessionName': 'x'}, 'RoleSessionName'),
            ({'RoleSessionName': 'with space'}, 'RoleSessionName'),
            ({'DurationSeconds': 899}, 'DurationSeconds'),
            ({'DurationSeconds': 43_201}, 'DurationSeconds'),
            ({'ExternalId': 'x'}, 'ExternalId'),
        ]:
            with self.subTest(wrong):
                response = self.refused_with('ValidationError', 400, client.assume_role, **{**REQUEST, **wrong})
                self.assertIn(named, response['Error']['Message'])

    def test_without_its_session_token_is_refused(self):
        credentials = sts().assume_role(**REQUEST)['Credentials']
        incomplete = session(credentials, aws_session_token=None)
        self.refused_with('InvalidClientTokenId', 403, incomplete.client('sts').get_caller_identity)
        self.refused_with('UnrecognizedClientException', 400, incomplete.client('lightsail').get_instances)

    def test_that_has_ended_is_refused_as_expired(self):
        self.fault({'expiresAfterMs': 0}, operation='AssumeRole')
        ended = session(sts().assume_role(**REQUEST)['Credentials'])
        self.refused_with('ExpiredToken', 403, ended.client('sts').get_caller_identity)
        self.refused_with('ExpiredTokenException', 400, ended.client('lightsail').get_instances)

    def test_may_assume_another_for_an_hour_at_most(self):
        assumed = session(sts().assume_role(**REQUEST)['Credentials']).client('sts')
        self.assertIn('Credentials', assumed.assume_role(**REQUEST))
        self.refused_with('ValidationError', 400, assumed.assume_role, **REQUEST, DurationSeconds=3601)

    def test_can_stand_in_a_profile_that_boto3_follows_by_itself(self):
        with role_profile() as config, unittest.mock.patch.dict(os.environ, AWS_CONFIG_FILE=config):
            client = boto3.Session(profile_name='rollout').client('lightsail')
            (instance,) = client.get_instances()['instances']
        self.assertEqual(instance['name'], 'theirs-1')

    def test_of_a_scenario_with_short_sessions_ends_when_it_said(self):
        role = f'arn:aws:iam::{ACCOUNT}:role/short'
        reply = sts(endpoint_url=STRICT_URL).assume_role(RoleArn=role, RoleSessionName='conformance')
        left = (reply['Credentials']['Expiration'] - datetime.now(timezone.utc)).total_seconds()
        self.assertLessEqual(left, 1)
        client = session(reply['Credentials']).client('sts', endpoint_url=STRICT_URL)
        expired = self.wait_for(lambda: self.error_of(client.get_caller_identity), bool)
        self.assertEqual(expired, 'ExpiredToken')

    def error_of(self, call):
        try:
            call()
        except ClientError as error:
            return error.response['Error']['Code']
        return None
