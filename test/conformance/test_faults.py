"""The simulator's faults as boto3 meets them."""

from datetime import datetime, timedelta, timezone

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from support import Case, lightsail

UPDATE = 'UpdateInstanceMetadataOptions'


class Fault(Case):
    def strike(self, effect, **options):
        """A new instance, the update of which is struck, and what the update comes to."""
        name = self.new_instance()
        self.fault(effect, operation=UPDATE, instance=name)

        def update():
            return lightsail(**options).update_instance_metadata_options(instanceName=name, httpTokens='required')

        return name, update

    def assert_changed(self, name, changed):
        tokens = self.control.instance(name)['metadataOptions']['httpTokens']
        self.assertEqual(tokens, 'required' if changed else 'optional')

    def test_that_leaves_an_update_unclear_is_an_exception_and_applies_it_or_does_not(self):
        for effect, exception, changed in [
            ({'drop': True}, ConnectionClosedError, False),
            ({'applyThenDrop': True}, ConnectionClosedError, True),
            ({'html502': True}, ClientError, False),
            ({'html502': True, 'applied': True}, ClientError, True),
        ]:
            with self.subTest(effect):
                name, update = self.strike(effect)
                with self.assertRaises(exception):
                    update()
                self.assert_changed(name, changed)

    def test_that_empties_or_cuts_the_body_leaves_a_reply_without_an_operation(self):
        for effect, changed in [
            ({'emptyBody': True}, True),
            ({'emptyBody': True, 'applied': False}, False),
            ({'truncatedBody': True}, True),
            ({'truncatedBody': True, 'applied': False}, False),
        ]:
            with self.subTest(effect):
                name, update = self.strike(effect)
                self.assertNotIn('operation', update())
                self.assert_changed(name, changed)

    def test_that_delays_outlasts_a_clients_patience(self):
        name, update = self.strike({'delayMs': 2000}, config=Config(read_timeout=0.2))
        with self.assertRaises(ReadTimeoutError):
            update()
        self.assert_changed(name, True)

    def test_that_reverts_brings_the_old_values_back(self):
        name, update = self.strike({'revertAfterMs': 1500})
        update()
        self.assertEqual(self.applied_options(name)['httpTokens'], 'required')
        self.wait_for(lambda: self.applied_options(name), lambda options: options['httpTokens'] == 'optional')

    def test_that_harms_makes_the_checks_fail_until_the_old_values_are_back(self):
        name, update = self.strike({'unhealthy': True})
        update()

        def read():
            return lightsail().get_instance(instanceName=name, includeHealthStatus=True)['instance']

        self.wait_for(read, lambda instance: instance['instanceStatus']['status'] == 'impaired')
        lightsail().update_instance_metadata_options(instanceName=name, httpTokens='optional')
        self.wait_for(read, lambda instance: instance['instanceStatus']['status'] == 'ok')

    def test_that_makes_calls_without_a_token_shows_in_the_metric(self):
        name = self.new_instance()
        self.fault({'tokenless': 3600}, operation='GetInstance', instance=name)
        lightsail().get_instance(instanceName=name)
        now = datetime.now(timezone.utc)
        request = {
            'instanceName': name,
            'metricName': 'MetadataNoToken',
            'period': 3600,
            'startTime': now - timedelta(minutes=30),
            'endTime': now + timedelta(minutes=30),
            'unit': 'Count',
            'statistics': ['Sum'],
        }
        (point,) = lightsail().get_instance_metric_data(**request)['metricData']
        self.assertGreaterEqual(point['sum'], 1)

    def test_strikes_as_often_as_it_says_and_only_what_it_names(self):
        struck, other = self.new_instance(), self.new_instance()
        self.fault({'error': 'ServiceException'}, operation='GetInstance', instance=struck, after=1, times=2)
        client = lightsail()
        client.get_instance(instanceName=struck)
        for _ in range(2):
            client.get_instance(instanceName=other)
            self.refused(client.exceptions.ServiceException, client.get_instance, instanceName=struck)
        client.get_instance(instanceName=struck)

    def test_is_seen_in_the_log_of_calls(self):
        name, update = self.strike({'error': 'ServiceException'})
        self.refused(lightsail().exceptions.ServiceException, update)
        (call,) = self.control.calls(UPDATE)
        logged = [call[field] for field in ['region', 'instanceName', 'effect', 'status', 'error']]
        self.assertEqual(logged, ['us-east-1', name, 'error', 500, 'ServiceException'])
