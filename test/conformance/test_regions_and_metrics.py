"""GetRegions and GetInstanceMetricData, read by boto3."""

from datetime import datetime, timedelta, timezone

from botocore.exceptions import ParamValidationError
from support import Case, lightsail, unchecked

MEASURED = 'eu-west-1'
ALL_STATISTICS = ['Minimum', 'Maximum', 'Sum', 'Average', 'SampleCount']


class Regions(Case):
    def test_are_those_of_boto3s_model_each_with_a_description(self):
        regions = lightsail().get_regions()['regions']
        known = lightsail().meta.service_model.shape_for('RegionName').enum
        self.assertCountEqual([region['name'] for region in regions], known)
        self.assertIn('São Paulo', [region['displayName'] for region in regions])
        for region in regions:
            self.assertRegex(region['continentCode'], '^[A-Z]{2}$')
            self.assertTrue(region['displayName'])
            self.assertIn(region['displayName'], region['description'])

    def test_have_the_zones_that_were_asked_for(self):
        members = {
            'availabilityZones': 'includeAvailabilityZones',
            'relationalDatabaseAvailabilityZones': 'includeRelationalDatabaseAvailabilityZones',
        }
        for asked in [{}, {'availabilityZones'}, {'relationalDatabaseAvailabilityZones'}, set(members)]:
            with self.subTest(asked=asked):
                parameters = {parameter: member in asked for member, parameter in members.items()}
                regions = lightsail().get_regions(**parameters)['regions']
                ohio = next(region for region in regions if region['name'] == 'us-east-2')
                for member in members:
                    wanted = ['us-east-2a', 'us-east-2b', 'us-east-2c'] if member in asked else []
                    self.assertEqual([zone['zoneName'] for zone in ohio[member]], wanted)
                    self.assertTrue(all(zone['state'] == 'available' for zone in ohio[member]))

    def test_are_the_same_from_every_region(self):
        self.assertEqual(lightsail('eu-north-1').get_regions()['regions'], lightsail().get_regions()['regions'])


class Metrics(Case):
    def setUp(self):
        super().setUp()
        hour = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
        self.last_hour = {'startTime': hour - timedelta(hours=1), 'endTime': hour}

    def request(self, name, metric, **parameters):
        usual = {'period': 3600, 'unit': 'Count', 'statistics': ['Sum'], **self.last_hour}
        return {'instanceName': name, 'metricName': metric, **usual, **parameters}

    def read(self, *arguments, **parameters):
        return lightsail(MEASURED).get_instance_metric_data(**self.request(*arguments, **parameters))

    def test_of_calls_without_a_token_add_up_to_what_the_instance_makes(self):
        reply = self.read('busy-1', 'MetadataNoToken')
        start = self.last_hour['startTime']
        self.assertEqual(reply['metricName'], 'MetadataNoToken')
        self.assertEqual(reply['metricData'], [{'timestamp': start, 'unit': 'Count', 'sum': 12.0}])

    def test_of_the_status_checks_tell_the_instance_from_the_system(self):
        for name, metric, failures in [
            ('sick-1', 'StatusCheckFailed', 60.0),
            ('sick-1', 'StatusCheckFailed_Instance', 60.0),
            ('sick-1', 'StatusCheckFailed_System', 0.0),
            ('busy-1', 'StatusCheckFailed', 0.0),
        ]:
            with self.subTest(name, metric=metric):
                (point,) = self.read(name, metric)['metricData']
                self.assertEqual(point['sum'], failures)

    def test_have_every_statistic(self):
        (point,) = self.read('busy-1', 'MetadataNoToken', statistics=ALL_STATISTICS)['metricData']
        values = {'minimum': 1.0, 'maximum': 1.0, 'sum': 12.0, 'average': 1.0, 'sampleCount': 12.0}
        self.assertEqual(point, {'timestamp': self.last_hour['startTime'], 'unit': 'Count', **values})

    def test_have_a_point_for_each_period(self):
        start = self.last_hour['startTime']
        for period, points in [(300, 12), (900, 4), (86_400, 1)]:
            with self.subTest(period=period):
                data = self.read('busy-1', 'MetadataNoToken', period=period)['metricData']
                stamps = [start + timedelta(seconds=period) * number for number in range(points)]
                self.assertEqual([point['timestamp'] for point in data], stamps)

    def test_take_times_of_any_time_zone(self):
        zone = timezone(timedelta(hours=5, minutes=30))
        local = {name: moment.astimezone(zone) for name, moment in self.last_hour.items()}
        self.assertEqual(
            self.read('busy-1', 'MetadataNoToken', **local)['metricData'],
            self.read('busy-1', 'MetadataNoToken')['metricData'],
        )

    def test_have_no_points_in_a_unit_that_nothing_is_published_in(self):
        self.assertEqual(self.read('busy-1', 'MetadataNoToken', unit='Percent')['metricData'], [])

    def test_of_an_instance_without_data_have_no_points(self):
        name = self.new_instance(MEASURED, tokenless=None)
        self.assertEqual(self.read(name, 'MetadataNoToken')['metricData'], [])

    def test_of_an_instance_that_is_not_there_are_not_found(self):
        client = lightsail(MEASURED)
        request = self.request('nobody', 'MetadataNoToken')
        self.refused(client.exceptions.NotFoundException, client.get_instance_metric_data, **request)

    def test_want_all_seven_parameters_in_boto3_and_in_the_simulator(self):
        request = self.request('busy-1', 'MetadataNoToken')
        self.assertEqual(len(request), 7)
        refusing = unchecked(MEASURED)
        for parameter in request:
            with self.subTest(parameter):
                rest = {name: value for name, value in request.items() if name != parameter}
                with self.assertRaisesRegex(ParamValidationError, parameter):
                    lightsail(MEASURED).get_instance_metric_data(**rest)
                response = self.refused(
                    refusing.exceptions.InvalidInputException, refusing.get_instance_metric_data, **rest
                )
                self.assertIn(parameter, response['message'])

    def test_refuse_each_parameter_out_of_its_bounds(self):
        refusing = unchecked(MEASURED)
        start, end = self.last_hour.values()
        for parameters, named in [
            ({'metricName': 'Nonsense'}, 'Nonsense'),
            ({'period': 59}, 'period'),
            ({'period': 90}, 'period'),
            ({'period': 86_460}, 'period'),
            ({'unit': 'Furlongs'}, 'unit'),
            ({'statistics': []}, 'statistics'),
            ({'statistics': ['Median']}, 'statistics'),
            ({'startTime': end, 'endTime': start}, 'startTime'),
            ({'startTime': end, 'endTime': end}, 'startTime'),
            ({'startTime': start - timedelta(days=2), 'period': 60}, 'data points'),
        ]:
            with self.subTest(parameters):
                request = {**self.request('busy-1', 'MetadataNoToken'), **parameters}
                response = self.refused(
                    refusing.exceptions.InvalidInputException, refusing.get_instance_metric_data, **request
                )
                self.assertIn(named, response['message'])
