import { z } from 'zod';
import { optionFields } from './option-fields.js';
import { fieldsOf, lowersTokens, restoreOptions } from './options.js';
import { hashOf, type Plan } from './plan.js';
import type { Target } from './target.js';

const options = z.strictObject(optionFields);

/** A target as it stands in a history or an undo file; one that doesn't say all that a restore needs is refused. */
export const targetSchema = z
  .strictObject({
    arn: z
      .string()
      .regex(/^arn:aws[a-z-]*:lightsail:[a-z0-9-]+:\d{12}:Instance\/[\w-]+$/, 'must be the ARN of an instance'),
    name: z.string().min(1).max(255),
    before: options,
    desired: options,
    stopped: z.literal(true).exactOptional(),
  })
  .refine(isRestorable, 'must have a value in before for each field of desired');

/** A target that a rollout may have changed, and of which nobody knows that it is back. */
export interface UndoEntry {
  /** The stage that changed it. */
  readonly stage: string;
  readonly target: Target;
}

export const undoEntrySchema = z.strictObject({ stage: z.string().min(1).max(60), target: targetSchema });

/** What one batch did, or one restore. */
export interface UndoRecord {
  /** When it was started, in milliseconds since the epoch. */
  readonly at: number;
  readonly stage: string;
  /** Those that may stand changed, in the order of the plan. */
  readonly changed: readonly Target[];
  /** ARNs that it has taken back. */
  readonly restored: readonly string[];
}

/**
 * What may still stand changed, first changed first. Where a target was changed more than once, the oldest `before` wins.
 *
 * @param records - of one rollout or of several, in any order
 */
export function undoLog(records: readonly UndoRecord[]): UndoEntry[] {
  const entries = new Map<string, UndoEntry>();
  for (const { stage, changed, restored } of records.toSorted((a, b) => a.at - b.at)) {
    for (const arn of restored) entries.delete(arn);
    for (const target of changed) {
      const earlier = entries.get(target.arn)?.target;
      // Taken out first, so that it stands where it was changed last.
      entries.delete(target.arn);
      entries.set(target.arn, { stage, target: earlier === undefined ? target : joinChanges(earlier, target) });
    }
  }
  return [...entries.values()];
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
