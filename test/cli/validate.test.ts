import { describe, expect, it } from 'vitest';
import { parseJson, runCommand, temporaryFile } from './support.js';

const GOOD = `name: require-imdsv2
options: { httpTokens: required }
targets: { regions: [us-east-1, eu-west-1] }
`;

it('says what a valid spec asks for', async () => {
  const path = await temporaryFile('spec.yaml', GOOD);
  const end = await runCommand(['validate', path]);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(end.stdout).toMatch(/require-imdsv2 is valid/);
  expect(end.stdout).toMatch(/canary +1 +10 at a time +then a bake of 7h/);
  expect(end.stdout).not.toContain('No bake before');
});

it('warns where tokens become required and no early bake outlasts credentials', async () => {
  const short = `${GOOD}stages:\n  - { name: canary, size: 1, bake: 1h }\n  - { name: rest, size: rest, bake: 9h }\n`;
  const end = await runCommand(['validate', '-'], { input: short });
  expect(end).toMatchObject({ code: 0 });
  expect(end.stdout.replaceAll(/\s+/g, ' ')).toContain('No bake before the last stage is longer than 6h');
  expect(parseJson(await runCommand(['validate', '-', '--json'], { input: short }))).toMatchObject({
    valid: true,
    warnings: [expect.stringContaining('Give an earlier stage a bake of 7h.')],
  });
});

it('reads JSON and standard input too', async () => {
  const spec = { name: 'a', options: { httpPutResponseHopLimit: 2 }, targets: { regions: ['us-east-1'] } };
  const end = await runCommand(['validate', '-', '--json'], { input: JSON.stringify(spec, null, '\t') });
  expect(end).toMatchObject({ code: 0 });
  expect(parseJson(end)).toMatchObject({
    valid: true,
    name: 'a',
    regions: ['us-east-1'],
    stages: [{ name: 'canary', size: '1' }, {}, {}],
  });
});

describe('a bad spec is refused with the path of the field, its line and the remedy', () => {
  const bad: readonly [what: string, spec: string, path: string, place: string, remedy: RegExp][] = [
    ['an unknown field', `${GOOD}targts: 1\n`, 'targts', '4:1', /did you mean "targets"/],
    ['a wrong type', GOOD.replace('[us-east-1, eu-west-1]', 'us-east-1'), 'targets.regions', '3:12', /must be a list/],
    [
      'empty options',
      GOOD.replace('{ httpTokens: required }', '{}'),
      'options',
      '2:1',
      /set at least one of httpTokens/,
    ],
    ['concurrency 0', `${GOOD}concurrency: 0\n`, 'concurrency', '4:1', /at least 1/],
    ['roles', `${GOOD}roles: [a]\n`, 'roles', '4:1', /worker's configuration/],
    [
      'a last stage that is not rest',
      `${GOOD}stages:\n  - { name: a, size: 1 }\n  - { name: b, size: 20% }\n`,
      'stages[1].size',
      '6:16',
      /size: rest/,
    ],
    [
      'evidence that is neither off nor an object',
      `${GOOD}evidence: on\n`,
      'evidence',
      '4:1',
      /must be off, or an object/,
    ],
    [
      'a tag value of a wrong type',
      GOOD.replace('{ regions', '{ include: { tags: { a.b: 3 } }, regions'),
      'targets.include.tags["a.b"]',
      '3:31',
      /quotes/,
    ],
    ['a key that is given twice', `${GOOD}name: b\n`, '(text)', '4:1', /unique/],
    ['text that is no YAML', 'name: [', '(text)', '1:8', /\]/],
    ['nothing at all', '', '(spec)', '', /object/],
  ];

  it.each(bad)('%s', async (_, spec, path, place, remedy) => {
    const file = await temporaryFile('spec.yaml', spec);
    const json = await runCommand(['validate', file, '--json']);
    expect(json.code).toBe(2);
    const [line, column] = place.split(':').filter(Boolean).map(Number);
    expect(parseJson(json)).toEqual({
      valid: false,
      problems: expect.arrayContaining([
        { path, message: expect.stringMatching(remedy), ...(line !== undefined && { line, column }) },
      ]),
    });
    const shown = await runCommand(['validate', file]);
    expect(shown.code).toBe(2);
    expect(shown.stdout).toContain(place === '' ? path : `${path}  ${file}:${place}`);
  });
});

it('says why a file cannot be read', async () => {
  const end = await runCommand(['validate', '/nowhere/spec.yaml']);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/no such file/);
});

it('lets nothing of a spec draw on the screen', async () => {
  const end = await runCommand(['validate', '-'], { input: '"na\\u001b[2Jme": 1' });
  expect(end).toMatchObject({ code: 2 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
  expect(end.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
