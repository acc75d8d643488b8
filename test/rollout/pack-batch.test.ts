import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BatchInput, BatchResult } from '../../src/rollout/batch.js';
import type { RestoreResult, TargetResult } from '../../src/rollout/outcome.js';
import { unpackAlike } from '../../src/rollout/pack.js';
import { packBatch, packBatchResult, unpackBatch, unpackBatchResult } from '../../src/rollout/pack-batch.js';
import { arnOf } from './builders.js';

const settings = { timeout: 600_000, pollInterval: 5_000, maxErrors: 5 };
const common = { run: 'run', reports: 8_000, concurrency: { total: 5 }, settings, keepTokens: false };

const target = fc.record({
  arn: fc.tuple(fc.uuid(), fc.constantFrom('us-east-1', 'eu-west-1')).map(([id, region]) => arnOf(id, region)),
  name: fc.string(),
  before: fc.record({ httpTokens: fc.constantFrom('optional' as const, 'required' as const) }),
  desired: fc.constant({ httpTokens: 'required' as const }),
});
const input = fc
  .array(target, { maxLength: 12 })
  .chain((targets) =>
    fc.constantFrom<BatchInput>(
      { ...common, mode: 'restore', targets },
      { ...common, mode: 'apply', targets, failuresLeft: 1, revertFailed: true, hold: { number: 0, mode: 'run' } },
    ),
  );

const applied = fc.constantFrom<TargetResult>(
  { outcome: { kind: 'changed' }, wrote: true },
  { outcome: { kind: 'failed', reason: 'api-error' }, detail: 'failed 5 times', wrote: true },
  { outcome: { kind: 'skipped', reason: 'not-started' }, wrote: false },
);
const restored = fc.constantFrom<RestoreResult | null>(
  null,
  { outcome: { kind: 'restored' } },
  { outcome: { kind: 'restore-failed' }, detail: 'why' },
);
const result: fc.Arbitrary<BatchResult> = fc.oneof(
  fc.array(applied).map((results) => ({ mode: 'apply' as const, results })),
  fc.array(restored).map((results) => ({ mode: 'restore' as const, results })),
);

function throughJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

test('a batch and its result come out of a payload as they went in, packed or as they are', () => {
  fc.assert(
    fc.property(input, (given) => {
      expect(unpackBatch(throughJson(packBatch(given)))).toEqual(given);
      expect(unpackBatch(throughJson(given))).toEqual(given);
    }),
  );
  fc.assert(
    fc.property(result, (given) => {
      expect(unpackBatchResult(throughJson(packBatchResult(given)))).toEqual(given);
      expect(unpackBatchResult(throughJson(given))).toEqual(given);
    }),
  );
});

test('a thousand targets that go the same way take 60 bytes each, and their results 3', () => {
  const targets = Array.from({ length: 1_000 }, (_, index) => ({
    arn: arnOf(`3019fd1c-6d76-451f-f449-9e4b9${String(index).padStart(7, '0')}`, 'us-east-1'),
    name: `web-${index}`,
    before: { httpTokens: 'optional' as const },
    desired: { httpTokens: 'required' as const },
  }));
  const results = targets.map(() => ({ outcome: { kind: 'changed' as const }, wrote: true }));
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value)) / 1_000;
  expect(bytes(packBatch({ ...common, mode: 'restore', targets }))).toBeLessThan(60);
  expect(bytes(packBatchResult({ mode: 'apply', results }))).toBeLessThan(3);
});

test('values of which one is missing are refused', () => {
  expect(() => unpackAlike({ values: ['a'], order: [0, 1] })).toThrow('no packed values');
});
