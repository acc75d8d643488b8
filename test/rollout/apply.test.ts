import { describe, expect, test } from 'vitest';
import { nextApplyStep } from '../../src/rollout/apply.js';
import { describeOutcome } from '../../src/rollout/outcome.js';
import { instance, target } from './builders.js';
import {
  keysOf,
  PATIENCE,
  RECORDS,
  type RecordName,
  reading,
  type StandingName,
  TIMES,
  type TimeName,
  TO,
  WEB,
} from './readings.js';

const WRITE = 'write {"httpTokens":"required","httpPutResponseHopLimit":2}';

function say(step: ReturnType<typeof nextApplyStep>): string {
  if (step.do === 'write') return `write ${JSON.stringify(step.send)}`;
  return step.do === 'wait' ? 'wait' : describeOutcome(step.end.outcome);
}

const step = (where: StandingName, record: RecordName, time: TimeName) =>
  nextApplyStep(WEB, RECORDS[record], reading(where, time), PATIENCE);

/** early, steady, late, late and steady; one word where time makes no difference */
type Row = readonly [StandingName, RecordName, string | readonly [string, string, string, string]];

const ROWS: readonly Row[] = [
  ['gone', 'fresh', 'skipped(gone)'],
  ['gone', 'unclear', 'skipped(gone)'],
  ['gone', 'accepted', 'skipped(gone)'],
  ['replaced', 'fresh', 'skipped(replaced)'],
  ['replaced', 'unclear', 'skipped(replaced)'],
  ['replaced', 'accepted', 'skipped(replaced)'],
  ['unknown', 'fresh', 'blocked(unknown-options)'],
  ['unknown', 'unclear', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['unknown', 'accepted', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['pendingFrom', 'fresh', ['wait', 'wait', 'blocked(changing)', 'blocked(changing)']],
  ['pendingTo', 'fresh', ['wait', 'wait', 'blocked(changing)', 'blocked(changing)']],
  ['pendingFrom', 'unclear', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['pendingTo', 'unclear', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['pendingFrom', 'accepted', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['pendingTo', 'accepted', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['from', 'fresh', WRITE],
  ['from', 'unclear', ['wait', WRITE, 'wait', WRITE]],
  ['from', 'accepted', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['to', 'fresh', 'compliant'],
  ['to', 'unclear', 'changed'],
  ['to', 'accepted', 'changed'],
  ['other', 'fresh', 'skipped(drifted)'],
  ['other', 'unclear', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['other', 'accepted', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
];

test.each(ROWS)('an instance that is %s, with the write %s: %j', (where, record, expected) => {
  expect(keysOf(TIMES).map((time) => say(step(where, record, time)))).toEqual(
    typeof expected === 'string' ? Array(4).fill(expected) : expected,
  );
});

describe('a person is told', () => {
  test.each<[StandingName, RecordName, TimeName, string | undefined]>([
    ['replaced', 'fresh', 'early', 'the name now belongs to arn:new'],
    ['other', 'fresh', 'early', 'since the plan: httpTokens optional → required, httpPutResponseHopLimit 1 → 3'],
    ['pendingFrom', 'fresh', 'late', 'a change made elsewhere stays pending'],
    ['pendingTo', 'accepted', 'late', 'still pending at the deadline'],
    ['other', 'accepted', 'late', 'not at the asked values at the deadline'],
    ['to', 'accepted', 'early', undefined],
  ])('%s, %s, %s: %s', (where, record, time, detail) => {
    const next = step(where, record, time);
    expect(next.do === 'end' && next.end.detail).toBe(detail);
  });
});

describe('an instance that was stopped when planned', () => {
  const stopped = { ...WEB, stopped: true as const };
  const asleep = instance('web', { options: TO, optionsState: 'pending', state: 'stopped' });

  test('is changed without being verified', () => {
    expect(say(nextApplyStep(stopped, RECORDS.accepted, reading('to', 'early'), PATIENCE))).toBe('changed(unverified)');
  });

  test('is blocked, not failed, where its change is still pending at the deadline', () => {
    const late = { instance: asleep, ...TIMES.late };
    expect(say(nextApplyStep(stopped, RECORDS.accepted, late, PATIENCE))).toBe('blocked(stopped)');
    expect(say(nextApplyStep(WEB, RECORDS.accepted, late, PATIENCE))).toBe('blocked(stopped)');
  });
});

test('an owner who opts out after the plan is heeded before the write, and not in the middle of a change', () => {
  const optedOut = { instance: instance('web', { tags: { 'imds-rollout': 'skip' } }), ...TIMES.early };
  expect(say(nextApplyStep(WEB, RECORDS.fresh, optedOut, PATIENCE))).toBe('skipped(opted-out)');
  expect(say(nextApplyStep(WEB, RECORDS.accepted, optedOut, PATIENCE))).toBe('wait');
});

test('a hop limit is changed without lowering tokens that have become required since the plan', () => {
  const hops = target('web', {
    before: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
    desired: { httpPutResponseHopLimit: 2 },
  });
  const now = {
    instance: instance('web', { options: { httpTokens: 'required', httpPutResponseHopLimit: 1 } }),
    ...TIMES.early,
  };
  expect(say(nextApplyStep(hops, RECORDS.fresh, now, PATIENCE))).toBe(
    'write {"httpTokens":"required","httpPutResponseHopLimit":2}',
  );
});

test.each(['pending', 'stopping', 'shutting-down'])(
  'an instance that is %s is waited for, and passed over where it stays so',
  (state) => {
    const moving = instance('web', { state });
    expect(say(nextApplyStep(WEB, RECORDS.fresh, { instance: moving, ...TIMES.steady }, PATIENCE))).toBe('wait');
    const late = nextApplyStep(WEB, RECORDS.fresh, { instance: moving, ...TIMES.late }, PATIENCE);
    expect(say(late)).toBe('blocked(changing)');
    expect(late.do === 'end' && late.end.detail).toBe(`stays ${state}`);
  },
);

test.each<Row>([
  ['to', 'fresh', 'changed'],
  ['from', 'fresh', WRITE],
  ['pendingTo', 'fresh', ['wait', 'wait', 'failed(deadline)', 'failed(deadline)']],
  ['other', 'fresh', 'skipped(drifted)'],
])('an instance that an earlier run may have written to is %s, with the write %s: %j', (where, record, expected) => {
  const steps = keysOf(TIMES).map((time) =>
    say(nextApplyStep(WEB, RECORDS[record], reading(where, time), PATIENCE, true)),
  );
  expect(steps).toEqual(typeof expected === 'string' ? Array(4).fill(expected) : expected);
});
