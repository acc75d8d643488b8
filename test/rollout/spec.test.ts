import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeProblems, parseSpec } from '../../src/rollout/spec.js';
import { input, MINIMAL, refusalOf, spec, TODAY, WHOLE } from './builders.js';

const HOUR = 3_600_000;

test('ten lines are enough, and every default is filled in', () => {
  expect(spec()).toEqual({
    name: 'require-imdsv2',
    options: { httpTokens: 'required' },
    overrides: [],
    targets: { regions: ['us-east-1', 'eu-west-1'], unknownRegions: 'refuse', stopped: 'last' },
    exceptions: [],
    spread: ['blueprint', 'scope'],
    stages: [
      { name: 'canary', size: { kind: 'count', count: 1 }, bake: 7 * HOUR },
      { name: 'early', size: { kind: 'percent', percent: 10 }, bake: HOUR },
      { name: 'rest', size: { kind: 'rest' }, bake: HOUR / 4 },
    ],
    concurrency: { total: 10 },
    failure: { max: { count: 0 }, revert: 'run' },
    rollback: { concurrency: 20, keepTokens: false },
    apply: { timeout: 600_000, pollInterval: 5_000, maxErrors: 5 },
    evidence: { lookback: 14 * 24 * HOUR, max: 0, onExceed: 'block', onUnknown: 'block', allow: [] },
    windows: [],
    freeze: [],
    busy: { wait: 0 },
    credentials: { wait: 86_400_000 },
    health: { interval: 60_000, failureThreshold: 3, requireHealthyBefore: true, checks: [{ kind: 'status' }] },
    notify: { on: ['approval', 'hold', 'tripped', 'ended'] },
  });
});

test('the whole of what this version supports is accepted and means what it says', () => {
  const check = parseSpec(WHOLE, TODAY);
  expect(check.ok && check.spec).toMatchObject({
    overrides: [{ match: { tags: { runtime: 'docker' } }, options: { httpPutResponseHopLimit: 2 } }],
    spread: ['blueprint', 'scope', 'tag:app'],
    stages: [
      { name: 'canary', size: { kind: 'per', count: 1, key: 'tag:app' }, bake: 7 * HOUR },
      { name: 'early', size: { kind: 'percent', percent: 20 }, concurrency: 5, match: { tags: { tier: 'early' } } },
      { name: 'rest', size: { kind: 'rest' } },
    ],
    concurrency: { total: 10, perScope: 5 },
    failure: { max: { count: 0 }, maxTotal: 2, revert: 'run' },
    health: {
      checks: [
        { kind: 'status' },
        {
          kind: 'http',
          match: { tags: { app: 'api' } },
          url: 'http://{publicIpAddress}/health',
          expect: 'same',
        },
        { kind: 'activity', type: 'myCheck', taskQueue: 'mine' },
      ],
    },
    notify: { activity: { type: 'myNotify', taskQueue: 'mine' } },
  });
});

test('a spec says the same after a way through JSON', () => {
  expect(parseSpec(JSON.parse(JSON.stringify(WHOLE)), TODAY)).toEqual(parseSpec(WHOLE, TODAY));
});

test.each([
  ['a number of concurrency means total', { concurrency: 7 }, { concurrency: { total: 7 } }],
  [
    'perScope alone leaves total at its default',
    { concurrency: { perScope: 2 } },
    { concurrency: { total: 10, perScope: 2 } },
  ],
  ['500 at once is the most', { concurrency: 500 }, { concurrency: { total: 500 } }],
  ['a share of failures', { failure: { max: '10%' } }, { failure: { max: { percent: 10 }, revert: 'run' } }],
  ['a stage without bake has none', { stages: [{ name: 'all', size: 'rest' }] }, { stages: [{ bake: 0 }] }],
  ['no spread is by name', { spread: [] }, { spread: [] }],
  ['evidence may be switched off', { evidence: 'off' }, { evidence: 'off' }],
  [
    'an hour is the least and sixty days are the most that evidence looks back',
    { evidence: { lookback: '60d' } },
    { evidence: { lookback: 60 * 24 * HOUR, onExceed: 'block' } },
  ],
  [
    'evidence of which one part is set',
    { evidence: { lookback: '60m', onUnknown: 'allow', allow: ['us-east-1/web-*'] } },
    { evidence: { lookback: HOUR, max: 0, onUnknown: 'allow', allow: ['us-east-1/web-*'] } },
  ],
  [
    'ipv6 in its one region',
    { options: { httpProtocolIpv6: 'disabled' }, targets: { regions: ['eu-north-1'] } },
    { options: { httpProtocolIpv6: 'disabled' } },
  ],
  [
    'a waiver on its last day',
    { exceptions: [{ names: ['a'], reason: 'b', until: TODAY }] },
    { exceptions: [{ until: TODAY }] },
  ],
])('accepted: %s', (_, changes, expected) => {
  expect(spec(changes)).toMatchObject(expected);
});

test("the caller's object is left as it was", () => {
  const given = structuredClone(WHOLE);
  parseSpec(given, TODAY);
  expect(given).toEqual(WHOLE);
});

describe('whatever a client sends, the answer is a spec or a list of problems that say where and what', () => {
  const json = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.object({ key: fc.constantFrom('__proto__', 'constructor', 'name', 'options', 'a\nb', ''), maxDepth: 2 }),
  );
  const known = fc.record(
    {
      name: fc.oneof(fc.constant('a'), json),
      options: fc.oneof(fc.constant({ httpTokens: 'required' }), json),
      targets: fc.oneof(fc.constant(MINIMAL.targets), fc.record({ regions: json, include: json, stopped: json })),
      overrides: fc.oneof(json, fc.array(fc.record({ match: json, options: json }), { maxLength: 2 })),
      exceptions: fc.oneof(json, fc.array(fc.record({ names: json, reason: json, until: json }), { maxLength: 2 })),
      spread: json,
      stages: fc.oneof(
        json,
        fc.array(fc.record({ name: json, size: json, bake: json, match: json }), { maxLength: 3 }),
      ),
      concurrency: fc.oneof(json, fc.record({ total: json, perScope: json })),
      failure: fc.oneof(json, fc.record({ max: json, maxTotal: json, revert: json })),
      apply: fc.oneof(json, fc.record({ timeout: json })),
      evidence: json,
      health: json,
    },
    { requiredKeys: [] },
  );

  const isAnswered = (value: unknown) => {
    const check = parseSpec(value, TODAY);
    if (check.ok) return;
    expect(check.problems.length).toBeGreaterThan(0);
    for (const { path, message } of check.problems) {
      expect(path).toMatch(/^[^\n]+$/);
      expect(message).toMatch(/^[^\n]{5,700}$/);
      expect(message).not.toMatch(/Invalid|expected|received|undefined|\[object/);
    }
    expect(describeProblems(check.problems).split('\n')).toHaveLength(check.problems.length);
  };

  test('any JSON', () => fc.assert(fc.property(json, isAnswered), { numRuns: 100 }));
  test('JSON in the known places', () => fc.assert(fc.property(known, isAnswered), { numRuns: 100 }));
  test('the minimal spec with any JSON in one more field', () => {
    const fields = Object.keys(WHOLE);
    fc.assert(
      fc.property(fc.constantFrom(...fields), json, (field, value) => isAnswered(input({ [field]: value }))),
      { numRuns: 100 },
    );
  });
  const anyKey = fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 90 });
  test('fields of any name beside the known ones are refused', () => {
    fc.assert(
      fc.property(anyKey, fc.jsonValue({ maxDepth: 1 }), (key, value) => {
        fc.pre(!Object.hasOwn(WHOLE, key));
        const given = Object.fromEntries([...Object.entries(MINIMAL), [key, value]]);
        isAnswered(given);
        expect(refusalOf(given)).not.toBe('accepted');
      }),
      { numRuns: 100 },
    );
  });
});
