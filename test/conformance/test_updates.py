"""UpdateInstanceMetadataOptions by boto3: every parameter, and what it leaves an instance with."""

from support import IPV6_REGION, Case, lightsail, strict

UPDATE = 'UpdateInstanceMetadataOptions'


class Update(Case):
    def update(self, name, region='us-east-1', **options):
        return lightsail(region).update_instance_metadata_options(instanceName=name, **options)['operation']

    def test_takes_each_value_of_each_parameter(self):
        name = self.new_instance()
        for option, values in [
            ('httpTokens', ['required', 'optional']),
            ('httpEndpoint', ['disabled', 'enabled']),
            ('httpPutResponseHopLimit', [1, 2, 64]),
        ]:
            for value in values:
                with self.subTest(option, value=value):
                    self.update(name, **{option: value})
                    self.assertEqual(self.applied_options(name)[option], value)

    def test_takes_all_parameters_at_once_in_eu_north_1(self):
        name = self.new_instance(IPV6_REGION)
        wanted = {
            'httpTokens': 'required',
            'httpEndpoint': 'disabled',
            'httpPutResponseHopLimit': 3,
            'httpProtocolIpv6': 'enabled',
        }
        self.update(name, IPV6_REGION, **wanted)
        self.assertEqual(self.applied_options(name, IPV6_REGION), wanted)
        (call,) = self.control.calls(UPDATE)
        self.assertEqual(call['input'], {'instanceName': name, **wanted})

    def test_knows_all_parameters_that_boto3_knows(self):
        shape = lightsail().meta.service_model.operation_model(UPDATE).input_shape
        tested = {'instanceName', 'httpTokens', 'httpEndpoint', 'httpPutResponseHopLimit', 'httpProtocolIpv6'}
        self.assertEqual(set(shape.members), tested)

    def test_refuses_ipv6_in_every_other_region(self):
        for region in lightsail().meta.service_model.shape_for('RegionName').enum:
            if region == IPV6_REGION:
                continue
            with self.subTest(region):
                client = lightsail(region)
                name = self.new_instance(region)
                response = self.refused(
                    client.exceptions.InvalidInputException,
                    client.update_instance_metadata_options,
                    instanceName=name,
                    httpProtocolIpv6='disabled',
                )
                self.assertIn(IPV6_REGION, response['message'])
                self.assertEqual(self.control.instance(name, region)['metadataOptions']['httpTokens'], 'optional')

    def test_without_tokens_makes_them_optional_and_keeps_the_rest(self):
        hardened = {'httpTokens': 'required', 'httpEndpoint': 'disabled', 'httpPutResponseHopLimit': 2}
        name = self.new_instance(metadataOptions=hardened)
        self.update(name, httpPutResponseHopLimit=5)
        kept = {'httpEndpoint': 'disabled'}
        changed = {'httpTokens': 'optional', 'httpPutResponseHopLimit': 5}
        self.assertEqual(self.applied_options(name), {**kept, **changed})

    def test_without_any_option_is_an_update_too(self):
        name = self.new_instance(metadataOptions={'httpTokens': 'required'})
        self.update(name)
        self.assertEqual(self.applied_options(name)['httpTokens'], 'optional')

    def test_is_pending_with_the_new_values_until_it_is_applied(self):
        name = self.new_instance()
        self.fault({'stuckPending': True}, operation=UPDATE, instance=name, times=1)
        self.update(name, httpTokens='required')
        options = lightsail().get_instance(instanceName=name)['instance']['metadataOptions']
        self.assertEqual((options['state'], options['httpTokens']), ('pending', 'required'))
        self.update(name, httpTokens='required')
        self.assertEqual(self.applied_options(name)['httpTokens'], 'required')

    def test_works_on_a_stopped_instance(self):
        name = self.new_instance(state='stopped')
        self.update(name, httpTokens='required')
        self.assertEqual(self.applied_options(name)['httpTokens'], 'required')

    def test_of_an_instance_in_transition_fails_with_its_name(self):
        client = lightsail()
        name = self.new_instance(state='stopping')
        response = self.refused(
            client.exceptions.OperationFailureException,
            client.update_instance_metadata_options,
            instanceName=name,
            httpTokens='required',
        )
        self.assertIn(name, response['message'])

    def test_of_an_instance_that_is_not_there_is_not_found(self):
        client = lightsail()
        update = client.update_instance_metadata_options
        self.refused(client.exceptions.NotFoundException, update, instanceName='nobody', httpTokens='required')

    def test_leaves_every_other_instance_as_it_was(self):
        changed, other = self.new_instance(), self.new_instance()
        before = self.control.instance(other)
        self.update(changed, httpTokens='required')
        self.assertEqual(self.control.instance(other), before)


class StaleReads(Case):
    def test_give_the_old_values_as_applied_for_a_while(self):
        client = strict()

        def read():
            return client.get_instance(instanceName='web-1')['instance']['metadataOptions']

        before = read()
        wanted = before['httpPutResponseHopLimit'] + 1
        client.update_instance_metadata_options(instanceName='web-1', httpPutResponseHopLimit=wanted)
        self.assertEqual(read(), before)
        after = self.wait_for(read, lambda options: options != before, every=0.25)
        self.assertEqual((after['state'], after['httpPutResponseHopLimit']), ('applied', wanted))
