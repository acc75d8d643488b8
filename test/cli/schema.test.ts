import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { parseJson, runCommand, temporaryFile } from './support.js';

const SHIPPED = new URL('../../schema/rollout-spec.schema.json', import.meta.url);

/** A folder that is gone when the test ends, with one file in it. */
async function folder(): Promise<string> {
  return dirname(await temporaryFile('notes.txt', 'mine\n'));
}

it('prints the schema that the package ships, with --json too, and reaches nothing', async () => {
  const shipped = await readFile(SHIPPED, 'utf8');
  const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  expect(await runCommand(['schema'], { env: nowhere })).toEqual({ code: 0, stdout: shipped, stderr: '' });
  expect(await runCommand(['schema', '--json'], { env: nowhere })).toEqual({ code: 0, stdout: shipped, stderr: '' });
});

it('writes it to a file, over an earlier one too, and says how an editor finds it', async () => {
  const into = await folder();
  const path = join(into, 'spec.schema.json');
  for (const _ of ['first', 'again']) {
    const end = await runCommand(['schema', '-o', path]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toContain(`# yaml-language-server: $schema=${path}`);
    expect(await readFile(path, 'utf8')).toBe(await readFile(SHIPPED, 'utf8'));
  }
  const json = await runCommand(['schema', '-o', path, '--json']);
  expect(parseJson(json)).toMatchObject({ title: expect.stringMatching(/Rollout spec/) });
  expect((await readdir(into)).sort()).toEqual(['notes.txt', 'spec.schema.json']);
});

it('replaces the file that a link leads to, not the link', async () => {
  const into = await folder();
  const path = join(into, 'spec.schema.json');
  await runCommand(['schema', '-o', path]);
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), properties: {} }));
  await symlink(path, join(into, 'link.json'));
  expect(await runCommand(['schema', '-o', join(into, 'link.json')])).toMatchObject({ code: 0 });
  expect(await readFile(path, 'utf8')).toBe(await readFile(SHIPPED, 'utf8'));
});

it.each([
  ['a file of something else', 'notes.txt', /is there already and is no schema of a spec.*left as it is/],
  ['a folder', '.', /it is no file\): give a name in a folder of yours/],
  ["a folder that isn't there", 'gone/spec.json', /its folder isn't there\): give a name in a folder of yours/],
  ['what is below a file', 'notes.txt/spec.json', /its folder isn't there/],
])('refuses %s, and writes nothing', async (_, name, says) => {
  const into = await folder();
  await mkdir(join(into, 'empty'));
  const end = await runCommand(['schema', '-o', join(into, name)]);
  expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(says) });
  expect((await readdir(into)).sort()).toEqual(['empty', 'notes.txt']);
  expect(await readFile(join(into, 'notes.txt'), 'utf8')).toBe('mine\n');
});

it('prints the schema of what a command prints, and names the commands that have one', async () => {
  const end = await runCommand(['schema', 'validate']);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(parseJson(end)).toMatchObject({ title: 'imds-rollout validate --json', oneOf: expect.any(Array) });
  const typo = await runCommand(['schema', 'validat']);
  expect(typo).toMatchObject({ code: 2, stderr: expect.stringMatching(/did you mean validate\?.*name one of abort,/) });
});
