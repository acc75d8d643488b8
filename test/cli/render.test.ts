import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOfError, exitCodeOfOutcome } from '../../src/cli/exit-codes.js';
import { isRetried, nextAfterEnd, nextCommand } from '../../src/cli/next-command.js';
import { columns, cutToWidth, wrap } from '../../src/cli/render/columns.js';
import { renderOutcome } from '../../src/cli/render/outcome.js';
import { renderStatus } from '../../src/cli/render/status.js';
import type { RolloutOutcome } from '../../src/client/index.js';
import { cleanLine, cleanText } from '../../src/rollout/clean.js';
import type { Counts } from '../../src/rollout/ledger.js';
import type { RolloutStatus } from '../../src/rollout/status.js';

const plain = (width: number) => ({ paint: pc.createColors(false), width });

function status(changes: Partial<RolloutStatus> = {}): RolloutStatus {
  return {
    name: 'prod',
    phase: 'applying',
    stage: 'early',
    waiting: null,
    counts: { total: 40, inFlight: 3, changed: 10, failed: 1 },
    stages: [
      { name: 'canary', size: 1, counts: { total: 1, inFlight: 0, changed: 1 } },
      { name: 'early', size: 39, counts: { total: 39, inFlight: 3, changed: 9, failed: 1 } },
    ],
    budget: { failed: 1 },
    log: [],
    ...changes,
  };
}

function completed(counts: Partial<Counts>): RolloutOutcome {
  const result = {
    ended: 'completed',
    counts: { total: 1, inFlight: 0, ...counts },
    stages: [],
    exceptions: [],
    downgraded: 0,
    planHash: '',
  } as const;
  return { status: 'completed', result };
}

describe('what comes from outside', () => {
  it.each([
    ['\u001b[2Jweb', '\u{fffd}[2Jweb'],
    ['a\u009b31mb', 'a\u{fffd}31mb'],
    ['evil\u202egnp', 'evil\u{fffd}gnp'],
    ['a\r\nb\tc', 'a b c'],
    ['Zoë – ✔ 東京', 'Zoë – ✔ 東京'],
  ])('%j is printed as %j', (text, shown) => {
    expect(cleanLine(text)).toBe(shown);
  });

  it('keeps its lines where it may have some', () => {
    expect(cleanText('a\r\nb\u0007\n\tc')).toBe('a\nb\u{fffd}\n  c');
  });
});

describe('width', () => {
  it('is kept by cutting, wrapping and columns', () => {
    expect(cutToWidth('abcdef', 4)).toBe('abc…');
    expect(wrap('  one two three', 9, '    ')).toEqual(['  one two', '    three']);
    expect(
      columns(
        [
          ['a', 'bb', 'x'.repeat(50)],
          ['aaa', 'b'],
        ],
        20,
      ),
    ).toEqual(['  a    bb  xxxxxxxx…', '  aaa  b']);
  });

  it.each([40, 80, 140])('is kept by a status at %i columns', (width) => {
    const waiting = {
      for: 'bake',
      since: '2026-01-01T00:00:00Z',
      until: '2026-01-01T01:00:00Z',
      reason: 'stage early',
    } as const;
    const lines = renderStatus(plain(width), status({ waiting, budget: { failed: 3, tripped: 'x '.repeat(80) } }), 0);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
  });
});

it('a status says phase, progress, and how each stage stands', () => {
  expect(renderStatus(plain(80), status(), 0)).toEqual([
    'prod  changing early',
    '                             █ done  × failed  ▒ skipped  ▸ in flight  · waiting',
    '  ✔ canary  ███████████████       1         0          0            0          0',
    '  ✘ early   ███×▸··········       9         1          0            3         26',
    '  ✘ all     ████×▸·········      10         1          0            3         26',
    '  1 failed so far',
  ]);
});

it('an outcome names what is left, and cuts a long list', () => {
  const exceptions = Array.from({ length: 25 }, (_, index) => ({
    scope: '111122223333:us-east-1',
    name: `web-${index}`,
    arn: '',
    outcome: 'skipped(drifted)',
    reason: 'changed elsewhere\u001b[31m',
  }));
  const { result } = completed({ skipped: 25, total: 25 });
  const outcome = result && ({ status: 'completed', result: { ...result, exceptions, exceptionsLeftOut: 5 } } as const);
  const lines = outcome ? renderOutcome(plain(100), outcome) : [];
  expect(lines[0]).toBe('✔ Completed: 25 skipped, of 25.');
  expect(lines).toContain('  us-east-1/web-0   skipped(drifted)  changed elsewhere\u{fffd}[31m');
  expect(lines.at(-1)).toBe('  and 10 more: see --json');
});

describe('the exit code', () => {
  it.each([
    [{ changed: 1 }, EXIT.done],
    [{ compliant: 1 }, EXIT.done],
    [{ changed: 1, failed: 1 }, EXIT.targetsLeft],
    [{ changed: 1, blocked: 1 }, EXIT.targetsLeft],
    [{ changed: 1, skipped: 1 }, EXIT.targetsLeft],
    [{ changed: 1, drifted: 1 }, EXIT.targetsLeft],
  ])('of a completed rollout with %j is %i', (counts, code) => {
    expect(exitCodeOfOutcome(completed(counts))).toBe(code);
  });

  it.each([
    'RolloutRolledBack',
    'RolloutHalted',
    'RolloutAborted',
    'RollbackIncomplete',
    'PlanFailed',
    'ScopeBusy',
    'Terminated',
  ])('of a rollout that ended as %s is 3', (type) => {
    expect(exitCodeOfOutcome({ status: 'failed', type, message: '' })).toBe(EXIT.endedBadly);
  });

  it.each([
    ['InvalidRolloutSpec', EXIT.badInput],
    ['TemporalServerUnavailable', EXIT.unavailable],
    ['NoWorker', EXIT.unavailable],
    ['SomethingElse', EXIT.unexpected],
  ])('of an error of type %s is %i', (type, code) => {
    expect(exitCodeOfError(Object.assign(new Error('x'), { type }))).toBe(code);
  });
});

describe('the next useful command', () => {
  const entry = { at: '2026-01-01T00:00:00Z', event: 'x' };
  const cases: readonly [what: string, changes: Partial<RolloutStatus>, command: string][] = [
    ['runs', {}, 'imds-rollout watch ID'],
    ['is paused', { paused: entry }, 'imds-rollout resume ID'],
    ['waits for an approval', { waiting: { for: 'evidence', since: entry.at } }, 'imds-rollout approve ID'],
    ['was halted', { paused: entry, aborted: { ...entry, mode: 'halt' } }, 'imds-rollout status ID'],
    ['is taken back', { paused: entry, aborted: { ...entry, mode: 'rollback' } }, 'imds-rollout watch ID'],
  ];
  it.each(cases)('of a rollout that %s', (_, changes, command) => {
    expect(nextCommand(status(changes), 'ID', {}).command).toBe(command);
  });

  it('keeps the connection that was named', () => {
    const { command } = nextCommand(status(), 'ID', { address: 'there:7233', namespace: 'ops' });
    expect(command).toBe('imds-rollout watch ID --address there:7233 --namespace ops');
  });
});

describe('the next useful command after the end', () => {
  const failed = (type: string, counts?: Partial<Counts>): RolloutOutcome => {
    const { result } = completed({ ...counts });
    return { status: 'failed', type, message: '', ...(counts !== undefined && result !== undefined && { result }) };
  };
  it.each([
    ['completed', completed({ changed: 1 }), 'ID', 'rollout', 'imds-rollout plan SPEC'],
    ['was terminated', failed('Terminated'), 'ID', 'rollout', 'imds-rollout rollback ID'],
    ['was halted with changes', failed('RolloutHalted', { changed: 3 }), 'ID', 'rollout', 'imds-rollout rollback ID'],
    ['went back', failed('RolloutRolledBack', { restored: 3 }), 'ID', 'rollout', 'imds-rollout plan SPEC'],
    [
      'did not go back wholly',
      failed('RollbackIncomplete', { 'restore-failed': 1 }),
      'ID',
      'rollout',
      'imds-rollout rollback ID',
    ],
    [
      'is an unfinished rollback',
      failed('RollbackIncomplete'),
      'ID/rollback/01',
      'rollback',
      'imds-rollout rollback ID',
    ],
    ['is a whole rollback', completed({ restored: 1 }), 'ID/rollback/01', 'rollback', 'imds-rollout plan SPEC'],
  ] as const)('of one that %s', (_, outcome, id, kind, command) => {
    expect(nextAfterEnd(outcome, id, {}, kind).command).toBe(command);
  });

  it('is retry where something failed or was blocked that is not waived', () => {
    const outcomes = ['failed(api-error), restored', 'blocked(unhealthy)', 'blocked(waived)', 'skipped(drifted)'];
    expect(outcomes.filter(isRetried)).toEqual(outcomes.slice(0, 2));
  });
});

it('a rollback shows what is still to go back, and for whom it waits', () => {
  const waiting = { for: 'lease', since: '2026-01-01T00:00:00Z', reason: 'what was begun is finished first' } as const;
  const counts = { total: 40, inFlight: 0, changed: 30, restored: 10 };
  const [head, , ...stages] = renderStatus(
    plain(80),
    status({ phase: 'ended', counts, stages: [{ name: 'all', size: 40, counts: { ...counts, restored: 0 } }] }),
    0,
    'rollback',
  );
  expect(head).toBe('prod  ended');
  expect(stages[0]).toMatch(/^ {2}· all {2}█+·+ +30 +0/);
  const lines = renderStatus(plain(80), status({ phase: 'waiting', waiting }), 0, 'rollback').join('\n');
  expect(lines).toMatch(/◷ waiting, for \d+\w.*: what was begun is finished first/);
  expect(lines).not.toMatch(/another rollout/);
});
