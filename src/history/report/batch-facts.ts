import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { MetadataOptions } from '../../rollout/options.js';
import {
  cutReason,
  type RestoreResult,
  type SentUpdate,
  TARGET_FAILED,
  type TargetResult,
} from '../../rollout/outcome.js';
import type { Target } from '../../rollout/target.js';
import { batchTargetSchema } from '../../rollout/undo.js';
import { instantSchema, readPayload } from '../events.js';
import { APPLY, RESTORE } from '../names.js';
import { instancesOf, valuesOf } from '../packed.js';
import type { BatchRef } from '../rollout-record.js';
import type { RunHistory } from '../runs.js';
import { type ActivityRecord, readActivities } from './activities.js';

/** What was done to one target, last word first. Times in milliseconds since the epoch. */
export interface TargetFacts {
  /** As in the first batch that may have written to it: a plan after a reset has read what that one wrote. */
  target: Target;
  stage: string;
  keepTokens: boolean;
  apply?: Done;
  result?: TargetResult;
  restore?: Done & { result?: RestoreResult };
}

/** One activity that was to write. */
export interface Done {
  sent?: SentUpdate;
  /** Missing while it is under way, and where it was held before its write. */
  settledAt?: number;
  /** It was begun, and nobody knows whether it has written. */
  isOpen: boolean;
}

export type FactsByArn = Map<string, TargetFacts>;

const WRITING: ReadonlySet<string> = new Set([APPLY, RESTORE]);

const batchSchema = z.object({
  mode: z.enum(['apply', 'restore']),
  targets: instancesOf(batchTargetSchema),
  keepTokens: z.boolean(),
});

/** As written by this package: what it says is taken at its word, as far as it has this shape. */
const kindOnly = z.looseObject({ outcome: z.looseObject({ kind: z.string() }) });
const suspendedOnly = z.looseObject({ suspended: z.looseObject({}) });
const resultsSchema = z.object({ results: valuesOf(kindOnly.nullable()) });
const inputSchema = z.object({ target: batchTargetSchema });
const sentSchema = z.object({ sent: z.tuple([z.string().nullable(), instantSchema]) });
const heldSchema = z.object({ held: z.literal(true), wrote: z.literal(true) });
const failedSchema = z.object({ wrote: z.boolean(), detail: z.string() });

/** Enters what one batch has done, in whatever state it was left. @param runs - of the batch, as far as they are there */
export async function addBatchFacts(
  client: Client,
  facts: FactsByArn,
  batch: BatchRef,
  runs: readonly RunHistory[],
): Promise<void> {
  for (const { events } of runs) {
    const [started] = events;
    const input = await readPayload(client, started?.workflowExecutionStartedEventAttributes?.input);
    const result = events.at(-1)?.workflowExecutionCompletedEventAttributes?.result;
    addBatch(facts, batch.stage, input);
    addActivities(facts, await readActivities(client, events, WRITING));
    addResults(facts, input, await readPayload(client, result));
  }
}

/** The same from what the rollout has of a batch whose own history is gone. */
export function addBatchFromParent(facts: FactsByArn, stage: string, input: unknown, result: unknown): void {
  addBatch(facts, stage, input);
  addResults(facts, input, result);
}

function addBatch(facts: FactsByArn, stage: string, input: unknown): void {
  const { data } = batchSchema.safeParse(input);
  if (data === undefined) return;
  for (const target of data.targets) {
    const known = facts.get(target.arn);
    const isRestore = data.mode === 'restore';
    if (known === undefined)
      facts.set(target.arn, { target, stage: isRestore ? '' : stage, keepTokens: data.keepTokens });
    else {
      known.keepTokens = data.keepTokens;
      if (isRestore) continue;
      known.stage = stage;
      if (!mayHaveWritten(known)) known.target = target;
    }
  }
}

function mayHaveWritten({ apply, result }: TargetFacts): boolean {
  return result?.wrote === true || apply?.isOpen === true || apply?.sent !== undefined;
}

/** Enters activities that write to their targets. */
export function addActivities(facts: FactsByArn, activities: readonly ActivityRecord[]): void {
  for (const { type, input, end } of activities) {
    const target = inputSchema.safeParse(input).data?.target;
    const known = target && facts.get(target.arn);
    if (known === undefined) continue;
    if (type === RESTORE) addRestore(known, end);
    else if (type === APPLY) addApply(known, end);
  }
}

function addApply(known: TargetFacts, end: ActivityRecord['end']): void {
  // Held and begun anew, or followed by another activity: what the first one has sent still counts.
  const { sent: before } = known.apply ?? {};
  const sent = sentIn(end) ?? before;
  if (suspendedOnly.safeParse(end?.result).success) {
    // Begun, and left until the caller's keys are accepted: another activity follows it.
    known.apply = { isOpen: true, ...(sent && { sent }) };
    return;
  }
  if (end?.result !== undefined && !kindOnly.safeParse(end.result).success) {
    // Held: nothing was written, unless it says otherwise.
    if (heldSchema.safeParse(end.result).success) known.apply = { isOpen: true, ...(sent && { sent }) };
    else delete known.apply;
    return;
  }
  known.apply = { isOpen: end === undefined || end.failure?.type === 'Cancelled', ...(sent && { sent }) };
  if (end === undefined) return;
  known.apply.settledAt = end.at;
  const result = asResult<TargetResult>(end.result) ?? failedResult(end);
  if (result !== undefined) known.result = result;
}

function addRestore(known: TargetFacts, end: ActivityRecord['end']): void {
  const sent = sentIn(end);
  const result = asResult<RestoreResult>(end?.result);
  known.restore = {
    // One whose calls were refused for the caller's keys has no result yet: it is begun again.
    isOpen: end === undefined || (end.failure === undefined && result === undefined),
    ...(sent && { sent }),
    ...(end && { settledAt: end.at }),
    ...(result && { result }),
    ...(end?.failure && { result: { outcome: { kind: 'restore-failed' }, detail: cutReason(end.failure.message) } }),
  };
}

function addResults(facts: FactsByArn, input: unknown, output: unknown): void {
  const batch = batchSchema.safeParse(input).data;
  const results = resultsSchema.safeParse(output).data?.results;
  if (batch === undefined || results === undefined) return;
  batch.targets.forEach(({ arn }, index) => {
    const known = facts.get(arn);
    const result = results[index];
    if (known === undefined || result === undefined || result === null) return;
    if (batch.mode === 'restore') {
      const restore = asResult<RestoreResult>(result);
      if (restore) known.restore = { isOpen: false, ...known.restore, result: restore };
      return;
    }
    const whole = asResult<TargetResult>(result);
    if (whole === undefined) return;
    known.result = whole;
    if (known.apply) known.apply.isOpen = false;
    if (whole.restore) known.restore = { isOpen: false, ...known.restore, result: whole.restore };
  });
}

function failedResult({ failure }: NonNullable<ActivityRecord['end']>): TargetResult | undefined {
  if (failure === undefined || failure.type === 'Cancelled') return undefined;
  const said = failure.type === TARGET_FAILED ? failedSchema.safeParse(failure.detail).data : undefined;
  return {
    outcome: { kind: 'failed', reason: said === undefined ? 'unexpected' : 'api-error' },
    detail: cutReason(said?.detail ?? failure.message),
    wrote: said?.wrote ?? true,
  };
}

function sentIn(end: ActivityRecord['end']): SentUpdate | undefined {
  return sentSchema.safeParse(end?.result ?? end?.failure?.detail).data?.sent;
}

function asResult<Result extends TargetResult | RestoreResult>(value: unknown): Result | undefined {
  return isResult<Result>(value) ? value : undefined;
}

function isResult<Result>(value: unknown): value is Result {
  return kindOnly.safeParse(value).success;
}

/** What the asked fields are once the change of a target has been read back. */
export function optionsAfter({ before, desired }: Target): MetadataOptions {
  return { ...before, ...desired };
}
