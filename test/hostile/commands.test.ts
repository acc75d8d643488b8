import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { describePlan } from '../../src/cli/plan-json.js';
import { reportError } from '../../src/cli/report-error.js';
import { addChecksum } from '../../src/client/index.js';
import { type CommandEnd, parseJson, runCommand, temporaryFile } from '../cli/support.js';
import { spec, WHOLE } from '../rollout/builders.js';
import { runHere } from '../support/run-here.js';
import { sampleReport } from '../support/sample-report.js';
import { deep, holds, hostileText, jsonText, nearly } from './arbitraries.js';
import { expectClearMessage, expectShownText } from './oracles.js';
import { PLAN } from './samples.js';

/** What a file of any content ends with: it is good, or it is bad input, and never an accident. */
const ENDS: readonly (number | null)[] = [EXIT.done, EXIT.badInput];

function expectCalmEnd(end: CommandEnd): void {
  expect(ENDS, end.stderr).toContain(end.code);
  expectShownText(end.stdout);
  expectShownText(end.stderr);
  expect(end.stderr).not.toMatch(/This was not expected/);
  if (end.code === EXIT.badInput) expectClearMessage(`${end.stdout}${end.stderr}`);
}

const textOf = (valid: unknown) =>
  fc.oneof({ arbitrary: nearly(valid).map(jsonText), weight: 3 }, { arbitrary: hostileText, weight: 1 });

/** Lists cut to what a test needs. */
const REPORT = { ...addChecksum(sampleReport(1)), instances: sampleReport(1).instances.slice(0, 1) };

describe('a command that is given a file of anything ends as documented:', () => {
  it.each<[what: string, valid: unknown, words: (path: string) => readonly string[]]>([
    ['validate', WHOLE, (path) => ['validate', path]],
    ['validate --json', WHOLE, (path) => ['validate', path, '--json']],
    ['report --verify', REPORT, (path) => ['report', '--verify', path]],
    ['report --plan', describePlan(spec(), PLAN, {}), (path) => ['report', '--plan', path]],
    [
      'audit --baseline',
      { instances: [{ arn: 'a', posture: 'compliant' }] },
      (path) => ['audit', '--regions', 'us-east-1', '--baseline', path],
    ],
    ['iam-policy --config', { accounts: {}, taskQueues: ['mine'] }, (path) => ['iam-policy', '--config', path]],
  ])('%s', (_, valid, words) =>
    holds(
      fc.asyncProperty(textOf(valid), async (text) => {
        const path = await temporaryFile('input.json', text);
        expectCalmEnd(await runCommand(words(path)));
      }),
      0.5,
    ),
  );

  it('worker and simulator refuse theirs before they start anything', async () => {
    const yaml = await temporaryFile('odd.yaml', `${'['.repeat(3_000)}${']'.repeat(3_000)}`);
    for (const words of [
      ['worker', '--config', yaml],
      ['simulator', '--scenario', yaml],
    ]) {
      const end = await runCommand(words);
      expectCalmEnd(end);
      expect(end).toMatchObject({ code: EXIT.badInput, stderr: expect.stringMatching(/nested|deep/) });
    }
  });
});

it('a file that is deep, long or binary is bad input, said in one object with --json', async () => {
  for (const text of [
    '['.repeat(100_000),
    JSON.stringify(deep(2_000)),
    '\0\u001b'.repeat(100),
    `"${'x'.repeat(2_000_000)}"`,
  ]) {
    const end = await runCommand(['validate', await temporaryFile('odd.json', text), '--json']);
    expectCalmEnd(end);
    expect(end.code).toBe(EXIT.badInput);
    expect(parseJson(end)).toBeDefined();
  }
});

it('words of any kind on the command line are refused in words', () =>
  holds(
    fc.asyncProperty(
      fc.constantFrom('validate', 'schema', 'iam-policy', 'report'),
      fc.array(hostileText, { minLength: 1, maxLength: 3 }),
      async (command, texts) => {
        // Below a folder that isn't there, none of them is a file.
        const words = texts.map((text) => `/nowhere/${text.replaceAll('\0', '')}`);
        const end = await runHere([command, '/nowhere/spec.yaml', ...words]);
        expect(ENDS, end.stderr).toContain(end.code);
        expectShownText(end.stderr);
      },
    ),
    0.5,
  ));

describe('an error that nobody has expected', () => {
  it('is told on a line of its own, without a stack', async () => {
    const stderr: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = (part: string | Uint8Array) => stderr.push(String(part)) > 0;
    try {
      await holds(
        fc.property(hostileText, (message) => {
          stderr.length = 0;
          expect(reportError(new Error(message), { json: false, debug: false })).toBe(EXIT.unexpected);
          expectShownText(stderr.join(''));
          expect(stderr.join('')).not.toMatch(/^\s+at /m);
        }),
      );
    } finally {
      process.stderr.write = write;
    }
  });
});
