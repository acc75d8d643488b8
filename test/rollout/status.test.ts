import { describe, expect, test } from 'vitest';
import { cutExceptions, describeCounts, MAX_EXCEPTIONS } from '../../src/rollout/status.js';
import { arnOf } from './builders.js';

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
