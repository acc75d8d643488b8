"""The AWS CLI: how it shows what the service refuses."""

from support import MODELLED, Case, aws, aws_at_once


class Error(Case):
    READ = ('lightsail', 'get-instance', '--instance-name')
    UPDATE = ('lightsail', 'update-instance-metadata-options', '--instance-name', 'web-1')

    def assert_refused(self, run, name, operation, *told):
        self.assertNotEqual(run.status, 0)
        self.assertEqual(run.output, '')
        self.assertIn(f'An error occurred ({name}) when calling the {operation} operation', run.errors)
        for text in told:
            self.assertIn(text, run.errors)

    def test_of_each_modelled_kind_is_shown_by_name_with_its_message(self):
        names = {name: self.new_instance() for name in MODELLED}
        for name, instance in names.items():
            effect = {'error': {'name': name, 'message': f'Told of {instance}.'}}
            self.fault(effect, operation='GetInstance', instance=instance)
        # The CLI prints the message only; with --debug it also prints the body, with all members of the exception.
        runs = aws_at_once(*[(*self.READ, instance, '--debug') for instance in names.values()])
        for (name, instance), run in zip(names.items(), runs, strict=True):
            with self.subTest(name):
                self.assertIn(f'An error occurred ({name}) when calling the GetInstance operation', run.errors)
                self.assertIn(f'Told of {instance}.', run.errors)
                self.assertNotEqual(run.status, 0)
                for member in [f'"code":"{name}"', '"docs":"https://docs.aws.amazon.com/', '"tip":"']:
                    self.assertIn(member, run.errors)

    def test_of_input_an_operation_or_a_signature_is_shown_without_a_debug_flag(self):
        missing, wrong, ipv6, unknown, unsigned, page = aws_at_once(
            (*self.READ, 'nobody'),
            (*self.UPDATE, '--http-tokens', 'never'),
            (*self.UPDATE, '--http-protocol-ipv6', 'enabled'),
            ('lightsail', 'get-static-ips'),
            ('lightsail', 'get-regions', '--no-sign-request'),
            ('lightsail', 'get-instances', '--page-token', 'nonsense'),
        )
        update = 'UpdateInstanceMetadataOptions'
        self.assert_refused(missing, 'NotFoundException', 'GetInstance', 'nobody')
        self.assert_refused(wrong, 'InvalidInputException', update, 'httpTokens')
        self.assert_refused(ipv6, 'InvalidInputException', update, 'eu-north-1')
        self.assert_refused(unknown, 'InvalidInputException', 'GetStaticIps', 'no operation GetStaticIps')
        self.assert_refused(unsigned, 'UnauthenticatedException', 'GetRegions')
        self.assert_refused(page, 'InvalidInputException', 'GetInstances', 'token')

    def test_that_passes_is_overcome_by_the_retries_of_the_cli(self):
        name = self.new_instance()
        self.fault({'error': 'ThrottlingException'}, operation='GetInstance', instance=name, times=1)
        run = aws(*self.READ, name, AWS_MAX_ATTEMPTS='3', AWS_RETRY_MODE='standard')
        self.assertEqual(run.json['instance']['name'], name)
        self.assertEqual([call['error'] for call in self.control.calls('GetInstance')], ['ThrottlingException', None])
