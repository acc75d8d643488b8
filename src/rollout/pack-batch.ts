import type { ApplyBatch, BatchInput, BatchResult, RestoreBatch } from './batch.js';
import type { RestoreResult, TargetResult } from './outcome.js';
import { type Alike, type Named, type Packed, pack, packAlike, unpack, unpackAlike } from './pack.js';

type WithPacked<Batch extends BatchInput> = Omit<Batch, 'targets'> & {
  readonly targets: Packed<Omit<Batch['targets'][number], keyof Named>>;
};

/** The input of a batch as it stands in two histories: of its rollout, and its own. */
export type PackedBatch = WithPacked<ApplyBatch> | WithPacked<RestoreBatch>;

/** Its result, which stands in both as well. */
export type PackedBatchResult =
  | { readonly mode: 'apply'; readonly results: Alike<TargetResult> }
  | { readonly mode: 'restore'; readonly results: Alike<RestoreResult | null> };

export function packBatch(input: BatchInput): PackedBatch {
  return input.mode === 'apply'
    ? { ...input, targets: pack(input.targets) }
    : { ...input, targets: pack(input.targets) };
}

/** @param input - packed, or as a version before has written it */
export function unpackBatch(input: PackedBatch | BatchInput): BatchInput {
  return input.mode === 'apply'
    ? { ...input, targets: unpack(input.targets) }
    : { ...input, targets: unpack(input.targets) };
}

export function packBatchResult(result: BatchResult): PackedBatchResult {
  return result.mode === 'apply'
    ? { mode: 'apply', results: packAlike(result.results) }
    : { mode: 'restore', results: packAlike(result.results) };
}

/** @param result - packed, or as a version before has written it */
export function unpackBatchResult(result: PackedBatchResult | BatchResult): BatchResult {
  return result.mode === 'apply'
    ? { mode: 'apply', results: unpackAlike(result.results) }
    : { mode: 'restore', results: unpackAlike(result.results) };
}
