"""What the tests share: clients that their environment leads to the simulator, and its control interface."""

import contextlib
import functools
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import boto3
from botocore.config import Config

ACCOUNT = '111122223333'
OTHER_ACCOUNT = '444455556666'
OTHER_KEY = f'AKIASIMU{OTHER_ACCOUNT}'
REGION = 'us-east-1'
IPV6_REGION = 'eu-north-1'
ROLE_ARN = f'arn:aws:iam::{OTHER_ACCOUNT}:role/imds-rollout'
EXTERNAL_ID = 'imds-2026'

STRICT_URL = os.environ['STRICT_SIMULATOR_URL']
GUID = r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

MODELLED = [
    'AccessDeniedException',
    'AccountSetupInProgressException',
    'InvalidInputException',
    'NotFoundException',
    'OperationFailureException',
    'RegionSetupInProgressException',
    'ServiceException',
    'UnauthenticatedException',
]

numbers = itertools.count(1)


@functools.cache
def lightsail(region=REGION, **options):
    return boto3.client('lightsail', region_name=region, **options)


@functools.cache
def unchecked(region=REGION):
    """A client that sends whatever it is given, so that it is the simulator that refuses it."""
    return boto3.client('lightsail', region_name=region, config=Config(parameter_validation=False))


@functools.cache
def strict(region=REGION, **options):
    return boto3.client('lightsail', region_name=region, endpoint_url=STRICT_URL, **options)


class Control:
    """The control interface of a simulator."""

    def __init__(self, url=os.environ['SIMULATOR_URL']):
        self.url = url

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f'{self.url}/_sim/{path}', data, method=method)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def create(self, name, region=REGION, account=ACCOUNT, **members):
        return self.request('POST', 'instances', {'account': account, 'region': region, 'name': name, **members})

    def instance(self, name, region=REGION):
        return self.request('GET', f'instances/{ACCOUNT}/{region}/{name}')

    def patch(self, name, region=REGION, **members):
        return self.request('PATCH', f'instances/{ACCOUNT}/{region}/{name}', members)

    def delete(self, name, region=REGION, account=ACCOUNT):
        return self.request('DELETE', f'instances/{account}/{region}/{name}')

    def calls(self, operation=None):
        return self.request('GET', f'calls?operation={operation}' if operation else 'calls')

    def clear(self):
        self.request('DELETE', 'faults')
        self.request('DELETE', 'calls')


class Case(unittest.TestCase):
    """A test with the simulator to itself: no faults, no calls, and instances that are its own."""

    def setUp(self):
        self.control = Control()
        self.control.clear()
        self.addCleanup(self.control.clear)

    def fault(self, effect, **selectors):
        self.control.request('POST', 'faults', {**selectors, 'effect': effect})

    def new_instance(self, region=REGION, account=ACCOUNT, **members):
        """The name of an instance that no other test knows."""
        name = f'own-{next(numbers)}'
        self.control.create(name, region, account, **members)
        self.addCleanup(self.discard, name, region, account)
        return name

    def discard(self, *place):
        try:
            self.control.delete(*place)
        except urllib.error.HTTPError as error:
            with error:
                self.assertEqual(error.code, 404)

    def refused(self, exception, call, *arguments, **parameters):
        """The reply of a call that ends in this exception."""
        with self.assertRaises(exception) as caught:
            call(*arguments, **parameters)
        return caught.exception.response

    def wait_for(self, read, accept, every=0.02, seconds=10):
        """What `read` gives once it is acceptable."""
        end = time.monotonic() + seconds
        while not accept(value := read()):
            self.assertLess(time.monotonic(), end, f'still {value!r}')
            time.sleep(every)
        return value

    def applied_options(self, name, region=REGION):
        """The metadata options of an instance as the API gives them once its update is applied."""

        def read():
            return lightsail(region).get_instance(instanceName=name)['instance']['metadataOptions']

        options = self.wait_for(read, lambda options: options['state'] == 'applied')
        return {field: value for field, value in options.items() if field != 'state'}


@dataclass(frozen=True)
class Run:
    """How a run of the AWS CLI ended."""

    status: int
    output: str
    errors: str

    @property
    def json(self):
        if self.status != 0:
            raise AssertionError(f'The AWS CLI ended with {self.status}: {self.errors}')
        return json.loads(self.output)


def aws(*arguments, **environment):
    """Runs the AWS CLI as a process of its own, as users do."""
    command = [sys.executable, '-I', '-m', 'awscli', *map(str, arguments)]
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    return Run(done.returncode, done.stdout, done.stderr)


def aws_at_once(*calls):
    """Runs several commands of the AWS CLI at once: starting Python is most of what each takes."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda arguments: aws(*arguments), calls))


@contextlib.contextmanager
def role_profile():
    """The path of a config file whose profile `rollout` assumes the role with the keys of the environment."""
    settings = [f'role_arn = {ROLE_ARN}', f'external_id = {EXTERNAL_ID}', 'credential_source = Environment']
    with tempfile.NamedTemporaryFile('w', suffix='-config') as config:
        config.write('\n'.join(['[profile rollout]', *settings, '']))
        config.flush()
        yield config.name
