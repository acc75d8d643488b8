import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import { keysRefusedSchema } from '../rollout/account-keys.js';
import { HOLD_MODES, MAX_BATCH } from '../rollout/batch.js';
import type { OrderReport } from '../rollout/orders.js';
import { MAX_REASON_LENGTH, OUTCOME_KINDS, RESTORE_KINDS } from '../rollout/outcome.js';
import type { RevertPreview } from '../rollout/revert-preview.js';
import type { RolloutStatus } from '../rollout/status.js';
import { undoEntrySchema } from '../rollout/undo.js';

/** Who sends a message, and why; both are recorded and shown. */
export interface Message {
  readonly by?: string;
  readonly reason?: string;
}

/** Which stage and which plan are meant: a message for another is refused. */
export interface ApproveMessage extends Message {
  /** If given, it must be the stage that is waiting. */
  readonly stage?: string;
  /** If given, it must be the plan of this run. */
  readonly planHash?: string;
}

/** Which targets go back. */
export interface RevertMessage extends Message {
  /** Targets by name, or by `region/name` where a name is used twice. */
  readonly names?: readonly string[];
  readonly arns?: readonly string[];
  /** Whether each counts as a failure; default false, since an operator's choice says nothing of the change. */
  readonly count?: boolean;
}

/** What becomes of what was changed. */
export interface AbortMessage extends Message {
  /** `halt` (default) leaves what was changed as it is; `rollback` takes it back. */
  readonly mode?: 'halt' | 'rollback';
}

/** How the run stands. Answered by a worker. */
export const statusQuery = defineQuery<RolloutStatus>('status');

/** What a revert would do; or why it would be refused, in a sentence. */
export type RevertPreviewAnswer = RevertPreview | { readonly refusal: string };

/** What a revert would do, were it sent now. Input as of the Update `revert`. */
export const revertPreviewQuery = defineQuery<RevertPreviewAnswer, [RevertMessage]>('revertPreview');

// Each may come without an argument as well; a definition that says so can't be sent with one by the SDK's client, which is typed for
// arguments that must be there, or for none.

/** No new change starts until resumed. `{ by?, reason? }` */
export const pauseUpdate = defineUpdate<RolloutStatus, [Message]>('pause');
/** Ends a pause. `{ by?, reason? }` */
export const resumeUpdate = defineUpdate<RolloutStatus, [Message]>('resume');
/** Lets the waiting stage start. `{ by?, reason?, stage?, planHash? }` */
export const approveUpdate = defineUpdate<RolloutStatus, [ApproveMessage]>('approve');
/** Halts the rollout instead of letting the waiting stage start. `{ by?, reason?, stage?, planHash? }` */
export const rejectUpdate = defineUpdate<RolloutStatus, [ApproveMessage]>('reject');
/** Ends the current bake. `{ by?, reason? }` */
export const skipBakeUpdate = defineUpdate<RolloutStatus, [Message]>('skipBake');
/** Takes these changed targets back now; none counts as a failure unless count is true. `{ names?, arns?, count?, by?, reason? }` */
export const revertUpdate = defineUpdate<RolloutStatus, [RevertMessage]>('revert');
/** Final: no new change starts; mode halt (default) or rollback. `{ mode?, by?, reason? }` */
export const abortUpdate = defineUpdate<RolloutStatus, [AbortMessage]>('abort');

// Between the workflows of one rollout there are signals alone. Anybody may send one, so each names the run that it belongs to, by
// its original run ID, which a reset keeps; what doesn't, or has an unknown member, is ignored.

const run = z.string();

export const holdOrderSchema = z.strictObject({
  run,
  number: z.int().min(0),
  mode: z.enum(HOLD_MODES),
  notAfter: z.number().exactOptional(),
  accepted: z.int().min(0).exactOptional(),
});

/** For runs that can take no more Updates: the same as the Update `abort`; one that would be refused is noted and ignored. */
export const abortSignal = defineSignal<[AbortMessage]>('abort');
/** For runs that can take no more Updates: the same as the Update `pause`; one that would be refused is noted and ignored. */
export const pauseSignal = defineSignal<[Message]>('pause');

/** Rollout to batch: what it has to do, and until when it may start changes (milliseconds since the epoch). */
export const holdSignal = defineSignal<[z.infer<typeof holdOrderSchema>]>('hold');

/** Answers with the order that a batch has in force, where no acknowledgement has come. */
export const orderQuery = defineQuery<OrderReport>('order');

/** No workflow receives so many signals; one more than this is still an order that a batch can read. */
const MAX_ORDERS = 1_000_000;

export const orderReportSchema = z.strictObject({
  number: z.int().min(0).max(MAX_ORDERS),
  mode: z.enum(HOLD_MODES),
  notAfter: z.number().exactOptional(),
  refused: z.int().exactOptional(),
  accepted: z.int().min(0).exactOptional(),
});

export const revertOrdersSchema = z.strictObject({
  run,
  orders: z.array(
    z.strictObject({
      arn: z.string(),
      reason: z.enum(['unhealthy', 'operator']),
      detail: z.string(),
      count: z.boolean(),
      restore: z.boolean(),
    }),
  ),
});

/** Rollout to batch: takes these of its targets back. */
export const revertSignal = defineSignal<[z.infer<typeof revertOrdersSchema>]>('revert');

/** Failures that one report tells of; the result of the batch has all. */
export const MAX_TOLD_FAILURES = 3;

const count = z.int().min(0);

/** Calls of a batch are refused for the caller's keys: how often so far, and the last time. */
const refusalSchema = z.strictObject({ refusals: z.int().min(1).max(MAX_ORDERS), refused: keysRefusedSchema });

export const progressSchema = z.strictObject({
  run,
  batch: z.string(),
  seq: count,
  counts: z.partialRecord(z.enum(OUTCOME_KINDS), count),
  failed: count,
  inFlight: count,
  hold: orderReportSchema,
  failures: z.array(z.string().max(MAX_REASON_LENGTH)).max(MAX_TOLD_FAILURES).exactOptional(),
  keys: refusalSchema.exactOptional(),
});

export type ProgressMessage = z.infer<typeof progressSchema>;

/** Batch to rollout: counts so far, and the order that is in force there, every cancellation included. */
export const progressSignal = defineSignal<[ProgressMessage]>('progress');

export const restoredSchema = z.strictObject({
  run,
  batch: z.string(),
  keys: refusalSchema.exactOptional(),
  results: z.array(
    z.tuple([
      count,
      z.object({
        outcome: z.object({ kind: z.enum(RESTORE_KINDS) }),
        detail: z.string().exactOptional(),
        downgraded: z.literal(true).exactOptional(),
      }),
    ]),
  ),
});

/** A batch that takes targets back to its parent: those that have ended since it told last, by their index. */
export const restoredSignal = defineSignal<[z.infer<typeof restoredSchema>]>('restored');

export const addTargetsSchema = z.strictObject({
  index: z.int().min(0),
  entries: z.array(undoEntrySchema).min(1).max(MAX_BATCH),
});

/**
 * A part of what a rollback takes back, first changed first.
 *
 * @internal
 */
export interface TargetsMessage extends z.infer<typeof addTargetsSchema> {}

/**
 * Answers with how many targets have come so far.
 *
 * @internal sent by `RolloutClient.rollbackFrom`
 */
export const addTargetsUpdate = defineUpdate<number, [TargetsMessage]>('addTargets');

export const releaseSchema = z.strictObject({ run });

/** Holder to lease. */
export const releaseSignal = defineSignal<[z.infer<typeof releaseSchema>]>('release');
