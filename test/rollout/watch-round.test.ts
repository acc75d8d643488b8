import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HealthReading, Streaks, WatchInput, WatchMode, WatchReport } from '../../src/rollout/health.js';
import { NOTHING_TOLD } from '../../src/rollout/watch-pace.js';
import { describeRound, type Kept, type ScopeRound, takeRound } from '../../src/rollout/watch-round.js';

const SIGNS: Readonly<Record<string, HealthReading>> = {
  p: { verdict: 'pass', reason: '' },
  f: { verdict: 'fail', reason: 'impaired' },
  i: { verdict: 'inconclusive', reason: 'no answer' },
};

/** One scope with an instance for each sign: p(ass), f(ail), i(nconclusive), - for one that isn't judged. */
function readingsOf(signs: string): ScopeRound {
  const readings = [...signs].flatMap((sign, index) => {
    const reading = SIGNS[sign];
    return reading === undefined ? [] : [[`${index}`, reading] as const];
  });
  return { readings: new Map(readings), codes: new Map() };
}

const scopeOf = (region: string, count: number, streaks: Streaks = {}): WatchInput['scopes'][number] => ({
  scope: { account: '111122223333', region },
  groups: [
    { stage: 'all', desired: {}, checks: [{ kind: 'status' }], ids: Array.from({ length: count }, (_, n) => `${n}`) },
  ],
  streaks,
});

const inputOf = (mode: WatchMode, streaks: Streaks = {}, count = 3): WatchInput => ({
  rollout: 'r',
  mode,
  interval: 60_000,
  failureThreshold: 3,
  scopes: [scopeOf('us-east-1', count, streaks)],
});

const LOST = { fails: 0, blind: 3 };
const REFUSED = { region: 'us-east-1', isLapsed: true, why: 'expired' };

/** Attempts of one input, until one reports. */
function attempts(input: WatchInput, rows: readonly string[]) {
  let kept: Kept | undefined;
  let beats = 0;
  for (const [index, signs] of rows.entries()) {
    const result = takeRound(input, [readingsOf(signs)], index + 1, kept);
    if ('report' in result) return { at: index + 1, report: result.report, beats };
    if (result.kept === undefined) continue;
    kept = JSON.parse(JSON.stringify(result.kept));
    beats += 1;
  }
  return { beats };
}

/** A whole watch, as a rollout has it go on: the round of each report. */
function watch(rows: readonly string[], mode: WatchMode = 'after') {
  let input = inputOf(mode);
  const reports: { at: number; report: WatchReport }[] = [];
  for (let done = 0; done < rows.length; ) {
    const { at, report } = attempts(input, rows.slice(done));
    if (at === undefined || report === undefined) break;
    done += at;
    reports.push({ at: done, report });
    input = {
      ...input,
      scopes: [{ ...scopeOf('us-east-1', 3), streaks: report.scopes[0]?.streaks ?? {} }],
      paces: report.paces,
    };
  }
  return reports;
}

describe('after a change', () => {
  test.each<[string, readonly string[], readonly number[]]>([
    ['all well', ['ppp', 'ppp', 'ppp'], []],
    ['not judged yet', ['---', 'p--', 'pp-'], []],
    ['a fail and a pass', ['fpp', 'ppp', 'ppp'], [1, 2]],
    ['unhealthy', ['fpp', 'fpp', 'fpp'], [1, 2, 3]],
    ['lost, and seen again', ['ipp', 'ipp', 'ipp', 'ipp', 'ppp'], [3, 5]],
    ['out of sight for a moment', ['ipp', 'ppp', 'ipp', 'ipp', 'ppp'], []],
  ])('%s: %j is told in rounds %j', (_, rows, told) => {
    expect(watch(rows).map(({ at }) => at)).toEqual(told);
  });

  test('nothing is kept where nothing has changed, and counts of sight are', () => {
    expect(attempts(inputOf('after'), ['ppp', 'ppp'])).toEqual({ beats: 0 });
    expect(attempts(inputOf('after', { 0: LOST }), ['ipp', 'ipp', 'ipp'])).toEqual({ beats: 0 });
    expect(attempts(inputOf('after'), ['ipp', 'iip', 'ppp', 'ppp'])).toEqual({ beats: 3 });
  });

  test.each(['f', 'i'])('instances that turn %s for a moment again and again fill no history', (sign) => {
    const rows = Array.from({ length: 4_320 }, (_, round) =>
      sign === 'f' ? (round % 2 === 0 ? 'fpp' : 'ppp') : round % 6 < 3 ? 'ipp' : 'ppp',
    );
    expect(watch(rows).length).toBeLessThan(4_320 / 8);
  });

  test('whoever fails three times in a row is told of in that round, whatever else comes and goes', () => {
    const row = fc.string({ unit: fc.constantFrom('p', 'f', 'i', '-'), minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const reports = watch([...rows, 'ppp', 'fpp', 'fpp', 'fpp']);
        expect(reports.at(-1)?.at).toBe(rows.length + 4);
        expect(reports.at(-1)?.report.scopes[0]?.unhealthy.map(({ id }) => id)).toEqual(['0']);
      }),
    );
  });

  test('rounds since the last news are counted by attempts, and a reset of them is one', () => {
    const paces = { ...NOTHING_TOLD, sight: { told: 5, rounds: 0 } };
    const input = { ...inputOf('after', { 0: LOST, 1: LOST }), paces };
    const kept = { attempt: 40, paces, scopes: [{ streaks: input.scopes[0]?.streaks ?? {}, news: NEWS }] };
    const at = (attempt: number) => 'report' in takeRound(input, [readingsOf('pip')], attempt, kept);
    expect([1, 41, 47, 48].map(at)).toEqual([false, false, false, true]);
  });

  test('a round that is refused for the keys is told at once, and the other scopes count', () => {
    const input = { ...inputOf('after'), scopes: [scopeOf('us-east-1', 1, { 0: LOST }), scopeOf('eu-west-1', 1)] };
    const refused = { ...readingsOf(''), refused: REFUSED };
    const result = takeRound(input, [refused, readingsOf('f')], 1, undefined);
    expect(result).toMatchObject({
      report: {
        scopes: [{ refused: REFUSED, streaks: { 0: LOST }, recovered: [] }, { streaks: { 0: { fails: 1, blind: 0 } } }],
      },
    });
  });

  test('a scope of which nothing is known counts as not read', () => {
    expect(takeRound(inputOf('after'), [], 1, { attempt: 0, paces: NOTHING_TOLD, scopes: [] })).toMatchObject({
      kept: { attempt: 1, scopes: [{ streaks: {} }] },
    });
  });
});

const NEWS = { unhealthy: [], blind: [], recovered: [], observer: false };

describe.each(['before', 'settle'] as const)('to judge each once (%s)', (mode) => {
  test.each<[string, Streaks, string, boolean]>([
    ['all well', {}, 'ppp', true],
    ['one in doubt', {}, 'fpp', true],
    ['one that could not be read', { 0: { fails: 0, blind: 1 } }, 'ipp', true],
    ['only those that are known to be out of sight', { 0: LOST, 1: LOST, 2: LOST }, 'iii', false],
    ['one of them is seen again', { 0: LOST, 1: LOST, 2: LOST }, 'iip', true],
    ['one of them has stopped', { 0: LOST, 1: LOST, 2: LOST }, '-ii', true],
  ])('%s', (_, streaks, signs, isTold) => {
    expect('report' in takeRound(inputOf(mode, streaks), [readingsOf(signs)], 1, undefined)).toBe(isTold);
  });
});

test('the observer is suspected by what a round stands for, judged instances included', () => {
  const scope = { ...scopeOf('us-east-1', 1, { 0: { fails: 0, blind: 2 } }) };
  const told = (judged: number) =>
    takeRound({ ...inputOf('before'), scopes: [{ ...scope, judged }] }, [readingsOf('i')], 1, undefined);
  expect(told(4)).toMatchObject({ report: { scopes: [{ blind: ['0'], observer: false }] } });
  expect(told(0)).toMatchObject({ report: { scopes: [{ blind: ['0'], observer: true }] } });
});

test('codes that were read before a change are told', () => {
  const round = { ...readingsOf('p'), codes: new Map([['0', [null, 404]]]) };
  expect(takeRound(inputOf('before', {}, 1), [round], 1, undefined)).toMatchObject({
    report: { scopes: [{ codes: { 0: [null, 404] } }] },
  });
});

test.each([
  ['after', 1, 'p', '1 of 1 instance is well; the next reading is in 1m'],
  [
    'after',
    4,
    'pif-',
    "1 of 4 instances are well, 1 failing (impaired), 1 can't be read (no answer), 1 not changed yet, or not running; the next reading is in 1m",
  ],
  ['settle', 2, 'p-', '1 of 2 instances are well, 1 not running; the next reading is in 1m'],
] as const)('in words (%s)', (mode, count, signs, text) => {
  expect(describeRound(inputOf(mode, {}, count), [readingsOf(signs)], 60_000)).toBe(text);
});
