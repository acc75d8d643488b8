import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderBatchDetails, renderDetails, renderPlanDetails } from '../../src/rollout/details.js';
import type { RolloutStatus } from '../../src/rollout/status.js';
import { arnOf, planWith } from './builders.js';

const AT = '2026-11-25T10:00:00.000Z';
const quiet: RolloutStatus = {
  name: 'require-imdsv2',
  title: '1 of 4 require IMDSv2, 1 in flight, 2 not started',
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

/** The Updates that the details offer, in their order. */
function offered(details: string): string[] {
  return [...details.matchAll(/^- `(\w+)` `\{/gm)].map(([, update = '']) => update);
}

test('the title comes first, then what happens, what can be done, the stages, and the log', () => {
  expect(renderDetails(quiet)).toBe(
    [
      '**1 of 4 require IMDSv2, 1 in flight, 2 not started**',
      '',
      'Changes stage **canary**',
      '',
      'Updates that it takes now, with an input to paste:',
      '',
      '- `pause` `{ "by": "ann", "reason": "…" }`: starts no new change until `resume`',
      '- `revert` `{ "names": ["web-7"], "by": "ann" }`: takes these instances back now',
      '- `abort` `{ "by": "ann", "reason": "…" }`: ends the rollout, and leaves what is changed; final',
      '- `abort` `{ "mode": "rollback", "by": "ann" }`: ends the rollout, and takes everything back; final',
      '',
      'Stages:',
      '',
      '- **canary**: 1 changed, of 1',
      '- **rest**: 1 in flight, 2 not started, of 3',
      '',
      'Last messages and events:',
      '',
      '- 2026-11-25 10:00:00 UTC planned 4 changes',
    ].join('\n'),
  );
});

test('it says what it waits for, why it stops, who said so, and what has failed', () => {
  const text = renderDetails({
    ...quiet,
    phase: 'waiting',
    waiting: { for: 'bake', since: AT, until: '2026-11-25T11:00:00.000Z', reason: 'stage canary' },
    budget: { failed: 1, tripped: '1 of 1 targets failed' },
    paused: { at: AT, event: 'pause', by: 'ann', reason: 'lunch' },
    aborted: { at: AT, event: 'abort', by: 'bob', mode: 'halt' },
    warnings: ['Stage "early" has no targets and is passed over.'],
    failures: ['us-east-1/web-7 failed(api-error): no'],
  });
  expect(text).toContain(
    '**Waits while the stage bakes** (`bake`) since 2026-11-25 10:00:00 UTC, until 2026-11-25 11:00:00 UTC: stage canary',
  );
  expect(text).toContain('Budget: 1 of 1 targets failed');
  expect(text).toContain('Paused by ann (lunch)');
  expect(text).toContain('Aborted (halt) by bob');
  expect(text).toContain('Last failures:\n\n- us-east-1/web-7 failed(api-error): no');
  expect(text).toContain('Warnings of the plan:\n\n- Stage "early" has no targets');
});

describe('only what would be accepted now is offered', () => {
  const waitsFor = (hold: NonNullable<RolloutStatus['waiting']>['for']): RolloutStatus => ({
    ...quiet,
    phase: 'waiting',
    waiting: { for: hold, since: AT },
  });
  const aborted = { at: AT, event: 'abort', mode: 'halt' } as const;
  const untouched = { counts: { total: 4, inFlight: 0 } };

  test.each([
    ['a bake', waitsFor('bake'), ['skipBake', 'pause', 'revert', 'abort', 'abort']],
    ['an approval', waitsFor('approval'), ['approve', 'reject', 'pause', 'revert', 'abort', 'abort']],
    ['lost sight', waitsFor('health'), ['approve', 'reject', 'pause', 'revert', 'abort', 'abort']],
    ['a pause', { ...waitsFor('paused'), paused: { at: AT, event: 'pause' } }, ['resume', 'revert', 'abort', 'abort']],
    ['planning', { ...quiet, ...untouched, phase: 'planning' } as const, ['pause', 'abort']],
    ['an abort', { ...quiet, aborted }, ['abort']],
    ['the way back', { ...quiet, phase: 'reverting' } as const, []],
    ['its end', { ...quiet, phase: 'ended' } as const, []],
  ])('in %s', (_, status, updates) => {
    expect(offered(renderDetails(status))).toEqual(updates);
  });

  test('of a rollback, which can only be aborted, and once', () => {
    const status = { ...quiet, phase: 'reverting' } as const;
    expect(offered(renderDetails(status, { isRollback: true }))).toEqual(['abort']);
    expect(offered(renderDetails({ ...status, aborted }, { isRollback: true }))).toEqual([]);
  });
});

test('once it has ended it says what to do next', () => {
  const text = renderDetails(
    { ...quiet, phase: 'ended' },
    { end: 'Halted: by *ops*', next: ['3 instances may be left changed. …'] },
  );
  expect(text).toContain('\n\n**Halted: by \\*ops\\***\n\n3 instances may be left changed. …\n');
});

test('only the newest of the log are shown', () => {
  const log = Array.from({ length: 20 }, (_, index) => ({ at: AT, event: `event ${index}` }));
  const text = renderDetails({ ...quiet, log });
  expect(text).toContain('event 19');
  expect(text).toContain('event 12');
  expect(text).not.toContain('event 11\n');
});

test('it fits the 20 KB of Temporal, and what is left out is what matters least', () => {
  const long = '語'.repeat(300);
  const text = renderDetails({
    ...quiet,
    stages: Array.from({ length: 20 }, () => ({ name: 'x'.repeat(60), size: 1, counts: quiet.counts })),
    failures: Array.from({ length: 5 }, () => long),
    log: Array.from({ length: 8 }, () => ({ at: AT, event: long, by: long, reason: long })),
    warnings: Array.from({ length: 10 }, () => long),
  });
  expect(Buffer.byteLength(text)).toBeLessThan(20_000);
  expect(text).toContain('Last failures');
  expect(text).not.toContain('Last messages');
});

describe('names and reasons are text, never markup', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(...'*_`|<>[(!]#~&\\-a ', '\n', '\r', '\u2028'),
  });
  /** Every character that Markdown takes for markup stands behind a backslash. */
  const isPlain = (line: string) => /^(?:[^\\`*_{}[\]<>|#~&]|\\[\\`*_{}[\]<>|#~&=+.-])*$/.test(line);

  test('in the title, the log, warnings, failures, and in what is waited for', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = renderDetails({
          ...quiet,
          title: text,
          waiting: { for: 'paused', since: AT, reason: text },
          warnings: [text],
          failures: [text],
          log: [{ at: AT, event: text, by: text, reason: text }],
        }).split('\n');
        expect(lines).toHaveLength(27);
        const [title = '', , waiting = ''] = lines;
        expect(isPlain(title.slice(2, -2))).toBe(true);
        expect(isPlain(waiting.replace('**Waits for the end of a pause** (`paused`)', ''))).toBe(true);
        expect(lines.slice(15).every(isPlain)).toBe(true);
      }),
    );
  });

  test('a stage keeps its line', () => {
    const stages = [{ name: 'a|b\n| c | <img src=x>', size: 1, counts: { total: 1, inFlight: 0 } }];
    expect(renderDetails({ ...quiet, stages })).toContain(
      '\n- **a\\|b \\| c \\| \\<img src=x\\>**: 1 not started, of 1\n',
    );
  });
});

test('a rollback says what it reads and until when it can be repeated, and nothing of a lease', () => {
  const reading = { ...quiet, phase: 'planning' as const, stages: [] };
  expect(renderDetails(reading, { isRollback: true })).toContain('Reads what was changed');
  const waiting = { for: 'lease', since: AT, reason: 'what was begun is finished first' } as const;
  expect(renderDetails({ ...reading, waiting }, { isRollback: true })).toContain(
    '**Waits** (`lease`) since 2026-11-25 10:00:00 UTC: what was begun is finished first',
  );
});

test('readings that are missing are said once, and how long a rollback can read the history', () => {
  const missing = "2 instances can't be read";
  expect(renderDetails({ ...quiet, unreadable: missing })).toContain(`Health: ${missing}`);
  const held = { ...quiet, unreadable: missing, waiting: { for: 'health', since: AT, reason: missing } as const };
  expect(renderDetails(held).split(missing)).toHaveLength(2);
  expect(renderDetails({ ...quiet, rollbackUntil: AT })).toContain(
    'A rollback can read this history until 2026-11-25 10:00:00 UTC',
  );
});

test('a batch says how far it is, whether it goes on, what has failed, and who takes Updates', () => {
  const batch = {
    rollout: 'imds-rollout-prod',
    counts: quiet.counts,
    holds: 'wait',
    failures: ['web-7 failed'],
  } as const;
  expect(renderBatchDetails(batch)).toBe(
    [
      '**1 changed, 1 in flight, 2 not started, of 4**',
      '',
      'Begins nothing for the time being, and finishes what it has begun. Send Updates to its parent, `imds-rollout-prod`.',
      '',
      'Last failures:',
      '',
      '- web-7 failed',
    ].join('\n'),
  );
  expect(renderBatchDetails({ ...batch, rollout: undefined, holds: 'run', failures: [] })).toMatch(/Goes on\.$/);
});

test('a plan says what it would change, what is settled, and its hash', () => {
  const settled = [{ arn: arnOf('a'), name: 'a', outcome: { kind: 'compliant' } }] as const;
  expect(renderPlanDetails({ ...planWith({ canary: 1, rest: 2 }, settled), warnings: ['mind'] })).toBe(
    [
      '**3 changes, 1 compliant**',
      '',
      'Nothing was changed. Plan hash `hash`',
      '',
      'Stages:',
      '',
      '- canary: 1 target',
      '- rest: 2 targets',
      '',
      'Warnings:',
      '',
      '- mind',
    ].join('\n'),
  );
});

test('an undo file that could not be written is named once: as what the rollout waits for, or beside it', () => {
  const journal = 'the disk is full';
  expect(renderDetails({ ...quiet, journal })).toContain(`Undo file: ${journal}`);
  const waiting = { for: 'journal', since: AT, reason: journal } as const;
  expect(renderDetails({ ...quiet, journal, waiting })).not.toContain('Undo file:');
});
