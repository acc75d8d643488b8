import { z } from 'zod';
import { optionFields } from './option-fields.js';
import { fieldsOf, lowersTokens, restoreOptions } from './options.js';
import { hashOf, type Plan } from './plan.js';
import type { Target } from './target.js';

const options = z.strictObject(optionFields);

const targetFields = {
  arn: z
    .string()
    .regex(/^arn:aws[a-z-]*:lightsail:[a-z0-9-]+:\d{12}:Instance\/[\w-]+$/, 'must be the ARN of an instance'),
  name: z.string().min(1).max(255),
  before: options,
  desired: options,
  stopped: z.literal(true).exactOptional(),
};

const confirmed = z.literal(true).exactOptional();

const RESTORABLE = 'must have a value in before for each field of desired';

/** A target as it stands in an undo file; one that doesn't say all that a restore needs is refused. */
export const targetSchema = z.strictObject(targetFields).refine(isRestorable, RESTORABLE);

/** A target as it stands in a history: to be changed, or to be restored. */
export const batchTargetSchema = z.strictObject({ ...targetFields, confirmed }).refine(isRestorable, RESTORABLE);

/** A target that a rollout may have changed, and of which nobody knows that it is back. */
export interface UndoEntry {
  /** The stage that changed it. */
  readonly stage: string;
  readonly target: Target;
  /** @see RestoreTarget.confirmed */
  readonly confirmed?: true;
}

export const undoEntrySchema = z.strictObject({
  stage: z.string().min(1).max(60),
  target: targetSchema,
  confirmed,
});

/** What one batch did, or one restore. */
export interface UndoRecord {
  /** When it was started, in milliseconds since the epoch. */
  readonly at: number;
  readonly stage: string;
  /** Those that may stand changed, in the order of the plan. */
  readonly changed: readonly Target[];
  /** ARNs that it has taken back. */
  readonly restored: readonly string[];
  /** ARNs whose last Update has been read back as applied, be it a change or a restore. */
  readonly confirmed: readonly string[];
}

/**
 * What may still stand changed, first changed first. Where a target was changed more than once, the oldest `before` wins.
 *
 * @param records - of one rollout or of several, in any order
 */
export function undoLog(records: readonly UndoRecord[]): UndoEntry[] {
  const entries = new Map<string, UndoEntry>();
  for (const { stage, changed, restored, confirmed } of records.toSorted((a, b) => a.at - b.at)) {
    for (const arn of restored) entries.delete(arn);
    const isConfirmed = new Set(confirmed);
    const isChanged = new Set(changed.map(({ arn }) => arn));
    for (const target of changed) {
      const later: UndoEntry = { stage, target, ...(isConfirmed.has(target.arn) && { confirmed: true }) };
      const earlier = entries.get(target.arn);
      // Taken out first, so that it stands where it was changed last.
      entries.delete(target.arn);
      entries.set(target.arn, earlier === undefined ? later : joinEntries(earlier, later));
    }
    for (const arn of isConfirmed) {
      const entry = entries.get(arn);
      // Restored by a rollback of its own: such a target is read again, and written to where it has the changed values.
      if (entry !== undefined && !isChanged.has(arn)) entries.set(arn, { ...entry, confirmed: true });
    }
  }
  return [...entries.values()];
}

/**
 * Lightsail carries Updates out in their order: where the later one was read back with all fields of the earlier one,
 * the earlier one can't land any more.
 */
function joinEntries(earlier: UndoEntry, { stage, target, confirmed }: UndoEntry): UndoEntry {
  const isCovered = fieldsOf(earlier.target.desired).every((field) => target.desired[field] !== undefined);
  return {
    stage,
    target: joinChanges(earlier.target, target),
    ...(confirmed && (earlier.confirmed || isCovered) && { confirmed }),
  };
}

/**
 * What a rollback has restored, as another one takes it: such targets are read again, and written to only where they
 * have the changed values once more.
 */
export function asConfirmed(records: readonly UndoRecord[]): UndoRecord[] {
  return records.map(({ at, stage, restored }) => ({ at, stage, changed: [], restored: [], confirmed: restored }));
}

/** A record in a history: the confirmed targets by their place among the changed ones, as an ARN takes ninety bytes. */
export interface PackedUndoRecord extends Omit<UndoRecord, 'confirmed'> {
  readonly confirmed: readonly number[];
}

/** @param record - confirmed are none but changed targets */
export function packUndoRecord(record: UndoRecord): PackedUndoRecord {
  const isConfirmed = new Set(record.confirmed);
  return { ...record, confirmed: record.changed.flatMap(({ arn }, index) => (isConfirmed.has(arn) ? [index] : [])) };
}

/** @see packUndoRecord */
export function unpackUndoRecord(record: PackedUndoRecord): UndoRecord {
  return { ...record, confirmed: record.confirmed.flatMap((index) => record.changed[index]?.arn ?? []) };
}

/** Entries of an undo file as records, in their order. */
export function recordsOf(entries: readonly UndoEntry[]): UndoRecord[] {
  return entries.map(({ stage, target, confirmed }, at) => ({
    at,
    stage,
    changed: [target],
    restored: [],
    confirmed: confirmed ? [target.arn] : [],
  }));
}

function joinChanges(earlier: Target, later: Target): Target {
  return {
    ...later,
    before: { ...later.before, ...earlier.before },
    desired: { ...earlier.desired, ...later.desired },
  };
}

/** The undo log as a plan whose stages are those that made the changes. */
export function undoPlan(entries: readonly UndoEntry[]): Plan {
  const names = [...new Set(entries.map(({ stage }) => stage))];
  const stages = names.map((name) => ({
    name,
    bake: 0,
    concurrency: 1,
    targets: entries.filter(({ stage }) => stage === name).map(({ target }) => target),
  }));
  const hash = hashOf(stages.map(({ name, targets }) => ({ name, targets })));
  return { stages, settled: [], allowed: [], uncovered: [], warnings: [], specHash: '', hash };
}

/** How many targets go back to letting tokenless requests (IMDSv1) in. */
export function countDowngrades(entries: readonly UndoEntry[], keepTokens: boolean): number {
  return entries.filter(({ target: { before, desired } }) =>
    lowersTokens(desired, restoreOptions(before, desired, keepTokens)),
  ).length;
}

/** Whether a target says all that is needed to take it back. */
function isRestorable({ before, desired }: Pick<Target, 'before' | 'desired'>): boolean {
  return fieldsOf(desired).length > 0 && fieldsOf(desired).every((field) => before[field] !== undefined);
}
