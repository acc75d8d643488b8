import { expect, it } from 'vitest';
import { addBatchFromParent, type FactsByArn } from '../../src/history/report/batch-facts.js';
import type { MetadataOptions } from '../../src/rollout/options.js';
import type { TargetResult } from '../../src/rollout/outcome.js';
import { arnOf } from '../rollout/builders.js';

const arn = arnOf('web-1');
const changed: TargetResult = { outcome: { kind: 'changed' }, wrote: true };
const drifted: TargetResult = { outcome: { kind: 'skipped', reason: 'drifted' }, wrote: false };
const failed: TargetResult = { outcome: { kind: 'failed', reason: 'unexpected' }, wrote: true };

const FIRST: MetadataOptions = { httpTokens: 'optional', httpPutResponseHopLimit: 1 };
const SECOND: MetadataOptions = { httpTokens: 'optional', httpPutResponseHopLimit: 9 };

/** What stood before, as a report says after two batches: of a run and of the one that it was reset to. */
function beforeIn(first: TargetResult, second: TargetResult): MetadataOptions | undefined {
  const facts: FactsByArn = new Map();
  const batches = [
    { before: FIRST, result: first },
    { before: SECOND, result: second },
  ];
  for (const { before, result } of batches) {
    const desired = { httpTokens: 'required', httpPutResponseHopLimit: 2 };
    const targets = [{ arn, name: 'web-1', before, desired }];
    addBatchFromParent(
      facts,
      'all',
      { mode: 'apply', keepTokens: false, targets },
      { mode: 'apply', results: [result] },
    );
  }
  return facts.get(arn)?.target.before;
}

it.each([
  { first: changed, second: changed, before: FIRST },
  { first: failed, second: changed, before: FIRST },
  { first: changed, second: drifted, before: FIRST },
  { first: drifted, second: changed, before: SECOND },
  { first: drifted, second: drifted, before: SECOND },
])('what stood before a change is of the first batch that may have written: %o', ({ first, second, before }) => {
  expect(beforeIn(first, second)).toEqual(before);
});
