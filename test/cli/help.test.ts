import { expect, it } from 'vitest';
import { runCommand } from './support.js';

const COMMANDS = [
  'audit',
  'init',
  'validate',
  'schema',
  'plan',
  'start',
  'watch',
  'list',
  'status',
  'pause',
  'resume',
  'approve',
  'reject',
  'skip-bake',
  'revert',
  'abort',
  'rollback',
  'retry',
  'report',
  'doctor',
  'iam-policy',
  'worker',
  'simulator',
  'demo',
];

it('lists every command, where to begin, and the exit codes', async () => {
  const end = await runCommand(['--help']);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  for (const command of COMMANDS) expect(end.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  expect(end.stdout).toMatch(/imds-rollout demo/);
  expect(end.stdout).toMatch(/5 {2}no Temporal server, or no worker/);
});

it.each(COMMANDS)('%s --help has an example', async (command) => {
  const end = await runCommand([command, '--help']);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(end.stdout).toMatch(new RegExp(`Examples?:\n  \\$ .*imds-rollout ${command}`));
});

it.each([
  ['a command', ['plna', 'spec.yaml'], /Did you mean plan\?/],
  ['an option', ['validate', 'spec.yaml', '--jsno'], /Did you mean --json\?/],
])('a typo in %s gets a suggestion, and exit code 2', async (_, args, suggestion) => {
  const end = await runCommand(args);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(suggestion);
});

it('prints the version of the package', async () => {
  const end = await runCommand(['--version']);
  expect(end).toMatchObject({ code: 0 });
  expect(end.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
