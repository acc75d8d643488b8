import { expect, it } from 'vitest';
import { isShaped, JSON_SHAPES, outputJsonSchema } from '../../src/cli/json/index.js';
import { allCommands, jsonCommands, type NamedCommand } from '../support/reached.js';
import { runCommand, runProcess } from './support.js';

function helpOf({ command }: NamedCommand): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

it('lists every command, where to begin, and the exit codes', async () => {
  const end = await runProcess(['--help']);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  for (const { name } of allCommands()) {
    const [word] = name.split(' ');
    expect(end.stdout).toMatch(new RegExp(`^  ${word} `, 'm'));
  }
  expect(end.stdout).toMatch(/imds-rollout demo/);
  expect(end.stdout).toMatch(/5 {2}no Temporal server, or no worker/);
});

it('shows the help of a command', async () => {
  const end = await runCommand(['plan', '--help']);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(end.stdout).toMatch(/Examples:\n {2}\$ imds-rollout plan rollout\.yaml/);
});

it.each(allCommands())('$name --help has an example', (named) => {
  expect(helpOf(named)).toMatch(new RegExp(`Examples?:\n  \\$ .*imds-rollout ${named.name}`));
});

it('every command with --json says in its help what that prints, and has a schema of it', () => {
  const wanted = jsonCommands();
  for (const named of allCommands()) {
    if (!wanted.includes(named.name)) continue;
    expect(helpOf(named), named.name).toMatch(/With --json:|\{ "|JSON/);
    if (!isShaped(named.name)) throw new Error(`${named.name} has no schema`);
    expect(outputJsonSchema(named.name)).toMatchObject({ title: `imds-rollout ${named.name} --json` });
  }
  expect(Object.keys(JSON_SHAPES).toSorted()).toEqual(wanted.toSorted());
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
