import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cutExceptions,
  describeCounts,
  MAX_EXCEPTIONS,
  type RolloutStatus,
  renderStatus,
} from '../../src/rollout/status.js';
import { arnOf } from './builders.js';

const AT = '2026-11-25T10:00:00.000Z';
const quiet: RolloutStatus = {
  name: 'require-imdsv2',
  phase: 'applying',
  stage: 'canary',
  waiting: null,
  counts: { changed: 1, total: 4, inFlight: 1 },
  stages: [
    { name: 'canary', size: 1, counts: { changed: 1, total: 1, inFlight: 0 } },
    { name: 'rest', size: 3, counts: { total: 3, inFlight: 1 } },
  ],
  budget: { failed: 0 },
  log: [{ at: AT, event: 'planned 4 changes' }],
};

test.each([
  [{ total: 5, inFlight: 0 }, '5 not started, of 5'],
  [{ total: 0, inFlight: 0 }, 'no targets'],
  [{ changed: 3, total: 7, inFlight: 1 }, '3 changed, 1 in flight, 3 not started, of 7'],
  [{ changed: 3, failed: 1, total: 5, inFlight: 1 }, '3 changed, 1 failed, 1 in flight, of 5'],
  [{ failed: 1, changed: 0, total: 1, inFlight: 0 }, '1 failed, of 1'],
  [{ 'restore-failed': 2, restored: 1, total: 3, inFlight: 0 }, '1 restored, 2 restore-failed, of 3'],
])('counts %j read %s', (counts, text) => {
  expect(describeCounts(counts)).toBe(text);
});

test('the status shows phase, stages and log', () => {
  expect(renderStatus(quiet)).toBe(
    [
      '**applying** stage **canary** · 1 changed, 1 in flight, 2 not started, of 4',
      '',
      '| stage | targets | so far |',
      '|---|---|---|',
      '| canary | 1 | 1 changed, of 1 |',
      '| rest | 3 | 1 in flight, 2 not started, of 3 |',
      '',
      `- ${AT} planned 4 changes`,
    ].join('\n'),
  );
});

test('it says what it waits for, why it stops, and who said so', () => {
  const text = renderStatus({
    ...quiet,
    phase: 'waiting',
    waiting: { for: 'bake', since: AT, until: '2026-11-25T11:00:00.000Z', reason: 'stage canary' },
    budget: { failed: 1, tripped: '1 of 1 targets failed' },
    paused: { at: AT, event: 'pause', by: 'ann', reason: 'lunch' },
    aborted: { at: AT, event: 'abort', by: 'bob', mode: 'halt' },
    warnings: ['Stage "early" has no targets and is passed over.'],
  });
  expect(text).toContain('Waits for **bake** until 2026-11-25T11:00:00.000Z: stage canary');
  expect(text).toContain('Budget: 1 of 1 targets failed');
  expect(text).toContain('Paused by ann (lunch)');
  expect(text).toContain('Aborted (halt) by bob');
  expect(text).toContain('- ⚠ Stage "early" has no targets');
});

test('only the newest of the log are shown', () => {
  const log = Array.from({ length: 20 }, (_, index) => ({ at: AT, event: `event ${index}` }));
  const text = renderStatus({ ...quiet, log });
  expect(text).toContain('event 19');
  expect(text).toContain('event 12');
  expect(text).not.toContain('event 11\n');
});

describe('names and reasons are text, never markup', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(
      '*',
      '_',
      '`',
      '|',
      '<',
      '>',
      '[',
      ']',
      '(',
      '!',
      '#',
      '~',
      '&',
      '\\',
      '\n',
      '\r',
      '\u2028',
      '-',
      'a',
      ' ',
    ),
  });
  /** Every character that Markdown takes for markup stands behind a backslash. */
  const isPlain = (line: string) => /^(?:[^\\`*_{}[\]<>|#~&]|\\[\\`*_{}[\]<>|#~&])*$/.test(line);

  test('in the log, in warnings, and in what is waited for', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = renderStatus({
          ...quiet,
          waiting: { for: 'paused', since: AT, reason: text },
          warnings: [text],
          log: [{ at: AT, event: text, by: text, reason: text }],
        }).split('\n');
        expect(lines).toHaveLength(12);
        const [, , waiting = ''] = lines;
        expect(isPlain(waiting.replace('**paused**', ''))).toBe(true);
        expect(lines.slice(9).every(isPlain)).toBe(true);
      }),
    );
  });

  test('a stage keeps its row', () => {
    const stages = [{ name: 'a|b\n| c | <img src=x>', size: 1, counts: { total: 1, inFlight: 0 } }];
    expect(renderStatus({ ...quiet, stages }).split('\n')[4]).toBe(
      '| a\\|b \\| c \\| \\<img src=x\\> | 1 | 1 not started, of 1 |',
    );
  });
});

describe('the exceptions of a result', () => {
  const entry = (index: number, reason: string, name = `web-${index}`) => ({
    scope: '111122223333:us-east-1',
    name,
    arn: arnOf(name),
    outcome: 'failed(api-error)',
    reason,
  });
  const many = (count: number, reason: string) => Array.from({ length: count }, (_, index) => entry(index, reason));

  test('few are kept as they are', () => {
    expect(cutExceptions(many(2, 'no'))).toEqual({ exceptions: many(2, 'no') });
  });

  test('the first 100 are kept, and the others counted', () => {
    const { exceptions, exceptionsLeftOut } = cutExceptions(many(250, 'no'));
    expect(exceptions).toEqual(many(MAX_EXCEPTIONS, 'no'));
    expect(exceptionsLeftOut).toBe(150);
  });

  test.each([
    ['long', 'x'.repeat(2_000)],
    ['long in three bytes a character', '語'.repeat(2_000)],
    ['control characters, which JSON writes in six', '\u0001'.repeat(2_000)],
    ['emoji', '😀'.repeat(1_000)],
  ])('they never take more than 100 KB: reasons that are %s', (_, reason) => {
    const { exceptions, exceptionsLeftOut = 0 } = cutExceptions(many(300, reason));
    expect(Buffer.byteLength(JSON.stringify(exceptions))).toBeLessThan(100_000);
    expect(exceptions.length).toBeGreaterThan(40);
    expect(exceptions.length + exceptionsLeftOut).toBe(300);
    expect(exceptions.every((one) => one.reason.length <= 300)).toBe(true);
  });

  test('nor do names', () => {
    const named = Array.from({ length: 100 }, (_, index) => entry(index, 'r'.repeat(300), 'n'.repeat(255)));
    expect(Buffer.byteLength(JSON.stringify(cutExceptions(named)))).toBeLessThan(100_000);
  });
});
