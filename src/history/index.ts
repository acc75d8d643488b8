export { readBatch } from './batch-record.js';
export { type EarlierWrites, readEarlierWrites } from './earlier-writes.js';
export { HistoryGoneError, NothingToRollBackError } from './errors.js';
export { findOpenBatch } from './open-batch.js';
export { extendRetention, readRetention } from './retention.js';
export { type BatchRef, type RolloutRecord, readEarlierBatches, readRollout } from './rollout-record.js';
export { readSpec } from './run-spec.js';
export { chainOf, cutOffAt, describe } from './runs.js';
export { readUndo, readUndoFile, restoredBySelf, type UndoReading } from './undo.js';
