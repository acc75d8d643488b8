import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BLIND_AFTER,
  checksByArn,
  combineReadings,
  type HealthCheck,
  HealthJudge,
  type HealthReading,
  readsStatusBefore,
  type Verdict,
  withCodes,
} from '../../src/rollout/health.js';
import { arnOf, instance, spec } from './builders.js';

const VERDICTS = { p: 'pass', f: 'fail', '?': 'inconclusive' } as const satisfies Record<string, Verdict>;
type Sign = keyof typeof VERDICTS | '-';

/** One instance by a row of signs: p(ass), f(ail), ? and - for a round without a reading of it. */
function judge(signs: string, failureThreshold = 3) {
  const one = new HealthJudge(failureThreshold, {});
  const says = [...signs].map((sign, round) => {
    const verdict = Object.entries(VERDICTS).find(([known]) => known === sign)?.[1];
    const found = one.take(new Map(verdict === undefined ? [] : [['a', { verdict, reason: `${sign}${round}` }]]));
    return [
      ...found.unhealthy.map(({ reason }) => `unhealthy ${reason}`),
      ...found.blind.map(() => `blind ${found.blindReason}`),
      ...found.recovered.map(() => 'recovered'),
    ].join(', ');
  });
  return {
    says: says.map((text, round) => (text === '' ? '' : `${round}: ${text}`)).filter((text) => text !== ''),
    one,
  };
}

describe('readings of one instance', () => {
  test.each<[string, number, string[]]>([
    ['pppp', 3, []],
    ['fff', 3, ['2: unhealthy f2']],
    ['f', 1, ['0: unhealthy f0']],
    ['ffpff', 3, []],
    ['ffpfff', 3, ['5: unhealthy f5']],
    ['fpfpfpfp', 2, []],
    ['ff-f', 3, ['3: unhealthy f3']],
    ['ff?f', 3, ['3: unhealthy f3']],
    ['??', 3, []],
    ['???', 3, ['2: blind ?2']],
    ['?????', 3, ['2: blind ?2']],
    ['??p???', 3, ['5: blind ?5']],
    ['???p', 3, ['2: blind ?2', '3: recovered']],
    ['???f', 3, ['2: blind ?2', '3: recovered']],
    ['???f', 1, ['2: blind ?2', '3: unhealthy f3, recovered']],
    ['ff???f', 3, ['4: blind ?4', '5: unhealthy f5, recovered']],
    ['???p???', 3, ['2: blind ?2', '3: recovered', '6: blind ?6']],
    ['ffffff', 3, ['2: unhealthy f2', '5: unhealthy f5']],
  ])('%s with a threshold of %i', (signs, threshold, says) => {
    expect(judge(signs, threshold).says).toEqual(says);
  });

  test('that say nothing count no further than the rollout is told of', () => {
    expect(judge('f?????').one.streaks).toEqual({ a: { fails: 1, blind: BLIND_AFTER } });
  });

  test.each([
    ['???', true, ['a'], {}],
    ['???', false, ['a'], {}],
    ['ff', true, [], { a: { fails: 2, blind: 0 } }],
    ['ff', false, [], {}],
    ['f???', true, ['a'], { a: { fails: 1, blind: 0 } }],
    ['?', true, [], {}],
    ['p', true, [], {}],
  ])('overlooked after %s, with fails kept: %s', (signs, keepFails, wereBlind, streaks) => {
    const { one } = judge(signs);
    expect(one.overlook(['a', 'stranger'], keepFails)).toEqual(wereBlind);
    expect(one.streaks).toEqual(streaks);
  });
});

test.each([
  ['???', undefined, true],
  ['??p', undefined, true],
  ['??pp', undefined, false],
  ['pppp', undefined, false],
  ['', undefined, false],
  ['??', 4, false],
  ['???', 5, true],
])('of a round %j, which stands for %s, the observer is suspected: %s', (signs, looked, observer) => {
  const readings = [...signs].map((sign, index): [string, HealthReading] => [
    `${index}`,
    { verdict: sign === '?' ? 'inconclusive' : 'pass', reason: sign },
  ]);
  expect(new HealthJudge(3, {}).take(new Map(readings), looked).observer).toBe(observer);
});

describe('a judge', () => {
  const signs = fc.array(fc.constantFrom<Sign[]>('p', 'f', '?', '-'), { maxLength: 40 });
  const fleet = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), signs);
  const threshold = fc.integer({ min: 1, max: 5 });

  /** The rounds of a fleet, as the judge is given them. */
  function roundsOf(rows: Record<string, readonly Sign[]>): Map<string, HealthReading>[] {
    const entries = Object.entries(rows);
    const count = Math.max(0, ...entries.map(([, row]) => row.length));
    return Array.from({ length: count }, (_, round) => {
      const readings = entries.flatMap(([id, row]): [string, HealthReading][] => {
        const sign = row[round];
        return sign === undefined || sign === '-' ? [] : [[id, { verdict: VERDICTS[sign], reason: '' }]];
      });
      return new Map(readings);
    });
  }

  /** The history of one instance, looked at afresh at each reading: what is said in that round. */
  function naive(row: readonly Sign[], round: number, limit: number) {
    const seen = row.slice(0, round + 1).filter((sign) => sign !== '-');
    if (row[round] === undefined || row[round] === '-') return { unhealthy: false, blind: false, recovered: false };
    const countAtEnd = (of: Sign, among: readonly Sign[]) => {
      const other = among.findLastIndex((sign) => sign !== of);
      return among.length - 1 - other;
    };
    const fails = countAtEnd(
      'f',
      seen.filter((sign) => sign !== '?'),
    );
    const blind = countAtEnd('?', seen);
    const before = countAtEnd('?', seen.slice(0, -1));
    return {
      // Every time that the limit is reached it is said once, and counted from 0 again.
      unhealthy: row[round] === 'f' && fails % limit === 0,
      blind: blind === BLIND_AFTER,
      recovered: row[round] !== '?' && before >= BLIND_AFTER,
    };
  }

  test('says what a naive look at the whole history says', () => {
    fc.assert(
      fc.property(fleet, threshold, (rows, limit) => {
        const one = new HealthJudge(limit, {});
        roundsOf(rows).forEach((readings, round) => {
          const found = one.take(readings);
          for (const [id, row] of Object.entries(rows)) {
            expect({
              unhealthy: found.unhealthy.some((each) => each.id === id),
              blind: found.blind.includes(id),
              recovered: found.recovered.includes(id),
            }).toEqual(naive(row, round, limit));
          }
        });
      }),
    );
  });

  test('goes on from its streaks, through JSON, as if it had never been interrupted', () => {
    fc.assert(
      fc.property(fleet, threshold, fc.nat(40), (rows, limit, cut) => {
        const whole = new HealthJudge(limit, {});
        let parted = new HealthJudge(limit, {});
        roundsOf(rows).forEach((readings, round) => {
          if (round === cut) parted = new HealthJudge(limit, JSON.parse(JSON.stringify(parted.streaks)));
          expect(parted.take(readings)).toEqual(whole.take(readings));
          expect(parted.streaks).toEqual(whole.streaks);
        });
      }),
    );
  });

  test('never says of an instance what another one did', () => {
    fc.assert(
      fc.property(signs, signs, threshold, (row, other, limit) => {
        const alone = new HealthJudge(limit, {});
        const beside = new HealthJudge(limit, {});
        const rounds = roundsOf({ a: row, b: other });
        for (const readings of rounds) {
          const own = new Map([...readings].filter(([id]) => id === 'a'));
          const { unhealthy } = alone.take(own);
          expect(beside.take(readings).unhealthy.filter(({ id }) => id === 'a')).toEqual(unhealthy);
        }
      }),
    );
  });
});

describe('several checks of one instance', () => {
  const reading = (verdict: Verdict, reason: string): HealthReading => ({ verdict, reason });

  test.each<[readonly HealthReading[], HealthReading]>([
    [[], reading('pass', '')],
    [[reading('pass', ''), reading('pass', '')], reading('pass', '')],
    [[reading('pass', ''), reading('fail', 'impaired')], reading('fail', 'impaired')],
    [[reading('inconclusive', 'no route'), reading('fail', '503')], reading('fail', '503')],
    [[reading('pass', ''), reading('inconclusive', 'no route')], reading('inconclusive', 'no route')],
    [[reading('fail', 'first'), reading('fail', 'second')], reading('fail', 'first')],
  ])('%j are one: %j', (readings, one) => {
    expect(combineReadings(readings)).toMatchObject(one);
  });
});

describe('the codes from before the change', () => {
  const same = (url: string): HealthCheck => ({ kind: 'http', url, expect: 'same' });
  const checks: HealthCheck[] = [
    { kind: 'status' },
    same('http://a/'),
    { kind: 'http', url: 'http://b/', expect: 200 },
    same('http://c/'),
  ];

  test.each<[readonly (number | null)[] | undefined, readonly (number | 'same')[]]>([
    [undefined, ['same', 200, 'same']],
    [[], ['same', 200, 'same']],
    [
      [null, 301, 503, 404],
      [301, 200, 404],
    ],
    [
      [null, null, null, 404],
      ['same', 200, 404],
    ],
    [
      [200, 201],
      [201, 200, 'same'],
    ],
  ])('%j stand in the place of same: %j', (codes, expected) => {
    const found = withCodes(checks, codes);
    expect(found.flatMap((check) => (check.kind === 'http' ? [check.expect] : []))).toEqual(expected);
    expect(found.map(({ kind }) => kind)).toEqual(checks.map(({ kind }) => kind));
  });
});

test('a check applies to what its match selects, and to everything without one', () => {
  const checks = [
    { status: true },
    { match: { tags: { app: 'api' } }, http: { url: 'http://{publicIpAddress}/', expect: 200 } },
    { match: { names: ['db-*'] }, activity: { type: 'ping', taskQueue: 'mine' } },
  ];
  const fleet = [
    instance('web-1', { tags: { app: 'api' } }),
    instance('web-2', { tags: { app: 'www' } }),
    instance('db-1'),
  ];
  const byArn = checksByArn(spec({ health: { checks } }), fleet);
  expect([...byArn].map(([arn, each]) => [arn, each.map(({ kind }) => kind).join()])).toEqual([
    [arnOf('web-1'), 'status,http'],
    [arnOf('web-2'), 'status'],
    [arnOf('db-1'), 'status,activity'],
  ]);
  expect(byArn.get(arnOf('web-1'))?.[1]).toEqual({ kind: 'http', url: 'http://{publicIpAddress}/', expect: 200 });
});

test.each([
  [{}, true],
  [{ requireHealthyBefore: false }, false],
  [{ checks: [{ http: { url: 'http://{publicIpAddress}/' } }] }, false],
])('with health %j the plan reads status checks: %s', (health, reads) => {
  expect(readsStatusBefore(spec({ health }))).toBe(reads);
});
