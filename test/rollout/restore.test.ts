import { describe, expect, test } from 'vitest';
import { nextRestoreStep, toRestore } from '../../src/rollout/restore.js';
import { type RestoreTarget, targetLabel } from '../../src/rollout/target.js';
import { instance, target } from './builders.js';
import {
  FROM,
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

const WRITE = 'write {"httpTokens":"optional","httpPutResponseHopLimit":1}';

function say(step: ReturnType<typeof nextRestoreStep>): string {
  if (step.do === 'write') return `write ${JSON.stringify(step.send)}`;
  if (step.do === 'wait') return 'wait';
  return `${step.end.outcome.kind}${step.end.downgraded ? ', downgraded' : ''}`;
}

const CONFIRMED = { ...WEB, confirmed: true } as const;

const step = (
  where: StandingName,
  record: RecordName,
  time: TimeName,
  keepTokens = false,
  web: RestoreTarget = CONFIRMED,
) => nextRestoreStep(web, RECORDS[record], reading(where, time), PATIENCE, keepTokens);

/** early, steady, late, late and steady; one word where time makes no difference */
type Row = readonly [StandingName, RecordName, string | readonly [string, string, string, string]];

const failsLate = ['wait', 'wait', 'restore-failed', 'restore-failed'] as const;

/** On the way back, the standing is the other way round: `to` is what the rollout has written, `from` what it was before. */
const ROWS: readonly Row[] = [
  ['gone', 'fresh', 'gone'],
  ['gone', 'unclear', 'gone'],
  ['gone', 'accepted', 'gone'],
  ['replaced', 'fresh', 'replaced'],
  ['replaced', 'unclear', 'replaced'],
  ['replaced', 'accepted', 'replaced'],
  ['unknown', 'fresh', failsLate],
  ['unknown', 'unclear', failsLate],
  ['unknown', 'accepted', failsLate],
  ['pendingFrom', 'fresh', failsLate],
  ['pendingFrom', 'unclear', failsLate],
  ['pendingFrom', 'accepted', failsLate],
  // A change of ours that stays pending is written over once it has had half of the time.
  ['pendingTo', 'fresh', ['wait', WRITE, 'restore-failed', 'restore-failed']],
  ['pendingTo', 'unclear', failsLate],
  ['pendingTo', 'accepted', failsLate],
  ['to', 'fresh', WRITE],
  ['to', 'unclear', ['wait', WRITE, 'wait', WRITE]],
  ['to', 'accepted', failsLate],
  // A change whose answer was lost may have taken effect, and one reading of the old values be stale.
  ['from', 'fresh', ['wait', 'restored', 'wait', 'restored']],
  ['from', 'unclear', 'restored, downgraded'],
  ['from', 'accepted', 'restored, downgraded'],
  ['other', 'fresh', 'drifted'],
  ['other', 'unclear', ['wait', 'wait', 'drifted', 'drifted']],
  ['other', 'accepted', ['wait', 'wait', 'drifted', 'drifted']],
];

function expectSteps(actual: readonly string[], expected: Row[2]): void {
  expect(actual).toEqual(typeof expected === 'string' ? Array(4).fill(expected) : expected);
}

test.each(ROWS)('an instance that is %s, with the write %s: %j', (where, record, expected) => {
  expectSteps(
    keysOf(TIMES).map((time) => say(step(where, record, time))),
    expected,
  );
});

describe('of a change that was never seen applied', () => {
  /** Where readings don't decide: an Update may land after them, or be hidden by a stale one. */
  const UNCONFIRMED: readonly Row[] = [
    ['from', 'fresh', WRITE],
    ['from', 'unclear', ['wait', WRITE, 'wait', WRITE]],
    ['from', 'accepted', ['wait', 'restored, downgraded', 'wait', 'restored, downgraded']],
    ['pendingFrom', 'fresh', ['wait', WRITE, 'restore-failed', 'restore-failed']],
  ];
  const isUnlike = ([where, record]: Row) => UNCONFIRMED.some((row) => row[0] === where && row[1] === record);

  test.each([...UNCONFIRMED, ...ROWS.filter((row) => !isUnlike(row))])(
    'an instance that is %s, with the write %s: %j',
    (where, record, expected) => {
      expectSteps(
        keysOf(TIMES).map((time) => say(step(where, record, time, false, WEB))),
        expected,
      );
    },
  );

  test('the old values are read for half a minute after the accepted Update, with the default poll interval', () => {
    const patience = { timeout: 600_000, pollInterval: 5_000 };
    const read = (steady: number) => ({ ...reading('from', 'early'), waited: steady, steady });
    const said = (steady: number) => say(nextRestoreStep(WEB, RECORDS.accepted, read(steady), patience, false));
    expect([said(29_999), said(30_000)]).toEqual(['wait', 'restored, downgraded']);
  });

  test('an instance that is starting is written to once it runs', () => {
    const moving = { instance: instance('web', { options: FROM, state: 'pending' }), ...TIMES.steady };
    expect(say(nextRestoreStep(WEB, RECORDS.fresh, moving, PATIENCE, false))).toBe('wait');
  });

  describe('with keepTokens', () => {
    test.each<[StandingName, string | readonly [string, string, string, string]]>([
      // Every Update names httpTokens, and either value could be wrong: it is waited for, and named in the end.
      ['from', ['wait', 'wait', 'restore-failed', 'restore-failed']],
      ['to', 'write {"httpTokens":"required","httpPutResponseHopLimit":1}'],
      ['other', 'drifted'],
    ])('an instance that is %s: %j', (where, expected) => {
      expectSteps(
        keysOf(TIMES).map((time) => say(step(where, 'fresh', time, true, WEB))),
        expected,
      );
    });

    test.each([
      ['optional', 'early', 'restored'],
      ['required', 'steady', 'restored'],
    ] as const)('there is nothing to restore of tokens alone, read as %s', (httpTokens, time, says) => {
      const read = { instance: instance('web', { options: { ...FROM, httpTokens } }), ...TIMES[time] };
      expect(say(nextRestoreStep(target('web'), RECORDS.fresh, read, PATIENCE, true))).toBe(says);
    });
  });
});

describe('with keepTokens', () => {
  test('the other fields go back, and the tokens stay required', () => {
    expect(say(step('to', 'fresh', 'early', true))).toBe('write {"httpTokens":"required","httpPutResponseHopLimit":1}');
  });

  test('nothing was downgraded', () => {
    const back = { instance: instance('web', { options: { ...FROM, httpTokens: 'required' } }), ...TIMES.early };
    expect(say(nextRestoreStep(CONFIRMED, RECORDS.accepted, back, PATIENCE, true))).toBe('restored');
  });

  test('a target whose tokens alone were asked for needs no write', () => {
    const web = { ...target('web'), confirmed: true } as const;
    expect(
      say(
        nextRestoreStep(
          web,
          RECORDS.fresh,
          { instance: instance('web', { options: TO }), ...TIMES.steady },
          PATIENCE,
          true,
        ),
      ),
    ).toBe('restored');
  });
});

describe('a person is told', () => {
  test.each<[StandingName, RecordName, TimeName, string]>([
    ['replaced', 'fresh', 'early', 'the name now belongs to arn:new'],
    ['other', 'fresh', 'early', 'changed elsewhere since, left as it is'],
    ['unknown', 'fresh', 'late', 'its metadata options can not be read'],
    ['pendingFrom', 'accepted', 'late', 'still pending at the deadline'],
    ['to', 'accepted', 'late', 'not back at the old values at the deadline'],
  ])('%s, %s, %s: %s', (where, record, time, detail) => {
    const next = step(where, record, time);
    expect(next.do === 'end' && next.end.detail).toBe(detail);
  });
});

test('an opt-out tag does not hold the way back', () => {
  const optedOut = { instance: instance('web', { options: TO, tags: { 'imds-rollout': 'skip' } }), ...TIMES.early };
  expect(say(nextRestoreStep(WEB, RECORDS.fresh, optedOut, PATIENCE, false))).toBe(WRITE);
});

test('a rollout that loosened tokens takes that back, and downgrades nothing', () => {
  const change = { before: { httpTokens: 'required' }, desired: { httpTokens: 'optional' } } as const;
  const loosened = { ...target('web', change), confirmed: true } as const;
  const now = { instance: instance('web', { options: FROM }), ...TIMES.early };
  expect(say(nextRestoreStep(loosened, RECORDS.fresh, now, PATIENCE, false))).toBe('write {"httpTokens":"required"}');
  const back = { instance: instance('web', { options: { ...FROM, httpTokens: 'required' } }), ...TIMES.early };
  expect(say(nextRestoreStep(loosened, RECORDS.accepted, back, PATIENCE, false))).toBe('restored');
});

test.each(['pending', 'stopping', 'shutting-down'])(
  'an instance that is %s is waited for, and written to in the end',
  (state) => {
    const moving = instance('web', { options: TO, state });
    expect(say(nextRestoreStep(WEB, RECORDS.fresh, { instance: moving, ...TIMES.steady }, PATIENCE, false))).toBe(
      'wait',
    );
    expect(say(nextRestoreStep(WEB, RECORDS.fresh, { instance: moving, ...TIMES.late }, PATIENCE, false))).toBe(WRITE);
  },
);

test('a target is restored with what its result says of its change', () => {
  expect(toRestore(WEB, {})).toEqual(WEB);
  expect(toRestore(WEB, { confirmed: true })).toEqual({ ...WEB, confirmed: true });
});

test('a target whose ARN names no region is called by its name alone', () => {
  expect(targetLabel({ arn: 'web', name: 'web' })).toBe('web');
});
