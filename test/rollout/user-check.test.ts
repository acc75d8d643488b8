import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer, type UserCheckTarget } from '../../src/rollout/user-check.js';
import { ACCOUNT, arnOf } from './builders.js';

const target = (name: string): UserCheckTarget => ({
  account: ACCOUNT,
  region: 'us-east-1',
  name,
  arn: arnOf(name),
  publicIpAddress: '203.0.113.7',
});
const TARGETS = [target('a'), target('b')];
const [A, B] = [arnOf('a'), arnOf('b')];

/** What is read of a and b. */
const read = (answer: unknown) =>
  readAnswer('myCheck', TARGETS, answer).map(({ verdict, reason }) =>
    reason === '' ? verdict : `${verdict}: ${reason}`,
  );

const NOTHING = 'inconclusive: myCheck said nothing of it';
const WRONG = 'inconclusive: myCheck answered in another form than [{ arn, result, reason }]';

describe("an answer of the user's", () => {
  test.each<[unknown, string[]]>([
    [
      [
        { arn: B, result: 'fail', reason: 'no heartbeat' },
        { arn: A, result: 'pass' },
      ],
      ['pass', 'fail: no heartbeat'],
    ],
    [
      [
        { arn: A, result: 'inconclusive', reason: null },
        { arn: B, result: 'fail', reason: '' },
      ],
      ['inconclusive: myCheck says inconclusive', 'fail: myCheck says fail'],
    ],
    [[{ arn: A, result: 'pass', reason: 'all well', extra: 1 }], ['pass', NOTHING]],
    [[], [NOTHING, NOTHING]],
    [[{ arn: arnOf('c'), result: 'fail' }], [NOTHING, NOTHING]],
    [
      [
        { arn: A, result: 'fail', reason: 'down' },
        { arn: A, result: 'pass' },
        { arn: B, result: 'pass' },
      ],
      ['fail: down', 'pass'],
    ],
    [
      [
        { arn: A, result: 'healthy' },
        { arn: B, result: 'pass' },
      ],
      [WRONG, 'pass'],
    ],
    [
      [{ arn: A, result: 'fail', reason: { text: 'down' } }, 'b', null, { result: 'fail' }],
      [WRONG, NOTHING],
    ],
    [undefined, [WRONG, WRONG]],
    [null, [WRONG, WRONG]],
    ['pass', [WRONG, WRONG]],
    [{ [A]: 'pass' }, [WRONG, WRONG]],
  ])('%j', (answer, readings) => {
    expect(read(answer)).toEqual(readings);
  });

  test.each([
    ['GET https://probe.internal/x?token=T0PSECRET said no', 'GET https://probe.internal/x said no'],
    ['see http://a/#T0PSECRET', 'see http://a/'],
    ['is it up?', 'is it up?'],
  ])('keeps no query of an address: %s', (reason, kept) => {
    expect(read([{ arn: A, result: 'fail', reason }])[0]).toBe(`fail: ${kept}`);
  });

  test('of any length is short once it is read', () => {
    const [first] = readAnswer('myCheck', TARGETS, [{ arn: A, result: 'fail', reason: 'x'.repeat(1_000_000) }]);
    expect(first?.reason).toHaveLength(300);
  });

  test('of any form gives one reading a target, and no fail where none was said', () => {
    const entry = fc.record(
      { arn: fc.oneof(fc.constantFrom(A, B), fc.anything()), result: fc.anything(), reason: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.oneof(entry, fc.anything()))), (answer) => {
        const readings = readAnswer('myCheck', TARGETS, answer);
        expect(readings).toHaveLength(TARGETS.length);
        const saysFail = JSON.stringify(answer)?.includes('"fail"') ?? false;
        if (!saysFail) expect(readings.every(({ verdict }) => verdict !== 'fail')).toBe(true);
      }),
    );
  });
});
