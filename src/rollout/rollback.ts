import { z } from 'zod';
import type { ChangeSettings } from './batch.js';
import type { Problem } from './problem.js';
import { nameText } from './selector-fields.js';
import type { RolloutSpec } from './spec.js';
import { duration, strict } from './spec-fields.js';
import { describeIssue, problemsOf } from './spec-problems.js';
import { targetLabel } from './target.js';
import type { Concurrency } from './turns.js';
import { MAX_CONCURRENCY } from './turns.js';
import type { UndoEntry } from './undo.js';

/** Format of an undo file; the number grows where a reader of the one before would misread it. */
export const UNDO_FORMAT = 'imds-rollout-undo/1';

/** How targets are taken back. */
export interface RestoreSettings {
  readonly settings: ChangeSettings;
  readonly concurrency: Concurrency;
  /** Never lower httpTokens. */
  readonly keepTokens: boolean;
}

/** As the spec of the rollout says. */
export function restoreSettingsOf(spec: Pick<RolloutSpec, 'apply' | 'rollback' | 'concurrency'>): RestoreSettings {
  const { apply, rollback, concurrency } = spec;
  const { perScope } = concurrency;
  return {
    settings: apply,
    concurrency: { total: rollback.concurrency, ...(perScope !== undefined && { perScope }) },
    keepTokens: rollback.keepTokens,
  };
}

/** Where no spec says otherwise; the same as the defaults of a spec. */
export const DEFAULT_RESTORE_SETTINGS: RestoreSettings = {
  settings: { timeout: 600_000, pollInterval: 5_000, maxErrors: 5 },
  concurrency: { total: 20 },
  keepTokens: false,
};

/** How long to wait where the caller's keys are refused, in milliseconds, where no spec says otherwise. */
export const DEFAULT_KEYS_WAIT = 86_400_000;

/** A rollout whose changes are to be taken back. */
export interface RolloutRef {
  readonly workflowId: string;
  /** Default: the latest run of that ID. */
  readonly runId?: string;
}

/** An undo file as the argument of `imdsRollback` has it. */
export interface UndoUpload {
  /** How many entries follow. */
  readonly targets: number;
  /** All members of the file but `entries`. With the entries they must give its checksum. */
  readonly file: UndoHead;
  /** Carries out a file whose checksum doesn't fit, or which has none. */
  readonly allowEdited?: boolean;
}

/** An undo file without its entries. */
export interface UndoHead {
  readonly format: typeof UNDO_FORMAT;
  readonly rollout: {
    readonly workflowId: string;
    readonly runId: string;
    readonly name?: string;
    /** Where its workers were. */
    readonly taskQueue?: string;
  };
  /** ISO 8601, UTC. What was changed later isn't in it. */
  readonly writtenAt: string;
  readonly restore: RestoreSettings;
  /** Over all the rest of the file, its entries included. */
  readonly sha256?: string;
}

/** What a person calls the rollout of an undo file. */
export function nameOfUndo({ rollout: { name, workflowId } }: UndoHead): string {
  return name ?? workflowId;
}

/** The argument of `imdsRollback`. */
export interface RollbackInput {
  /** Rollouts that have ended. Where several have changed a target, it goes back to the oldest of their `before`. */
  readonly rollouts?: readonly RolloutRef[];
  /** Instead of rollouts whose history is gone: an undo file, whose entries follow in messages `addTargets`. */
  readonly upload?: UndoUpload;
  /** Only these, by name, by `region/name` or by ARN. */
  readonly only?: readonly string[];
  /** Never lower httpTokens. Default: what the rollout's spec says. */
  readonly keepTokens?: boolean;
  /** At once. Default: `rollback.concurrency` of the rollout's spec. */
  readonly concurrency?: number;
  /** How long to wait for another rollout in the same accounts and regions; default not at all. */
  readonly wait?: string;
  /** Run ID of the rollback before this one, of the same workflow ID: what it has restored isn't written again. */
  readonly previous?: string;
}

export type CheckedRollback = Omit<RollbackInput, 'wait' | 'rollouts'> & {
  readonly rollouts: readonly RolloutRef[];
  /** Milliseconds. */
  readonly wait: number;
};

export type RollbackCheck =
  | { readonly ok: true; readonly rollback: CheckedRollback }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const restoreSettingsSchema = z.strictObject({
  settings: z.strictObject({
    timeout: z.int().min(1),
    pollInterval: z.int().min(1),
    maxErrors: z.int().min(1),
  }),
  concurrency: z.strictObject({
    total: z.int().min(1).max(MAX_CONCURRENCY),
    perScope: z.int().min(1).exactOptional(),
  }),
  keepTokens: z.boolean(),
});

export const undoHeadSchema = strict({
  format: z.literal(UNDO_FORMAT, { error: `must be ${UNDO_FORMAT}, which this version reads` }),
  rollout: strict({
    workflowId: z.string().min(1),
    runId: z.string().min(1),
    name: z.string().exactOptional(),
    taskQueue: z.string().min(1).exactOptional(),
  }),
  writtenAt: z.string(),
  restore: restoreSettingsSchema,
  sha256: z.string().max(64).exactOptional(),
});

/** The most rollouts that one rollback takes back. */
export const MAX_ROLLOUTS = 20;

const rollbackFields = strict({
  rollouts: z
    .array(strict({ workflowId: z.string().min(1), runId: z.string().min(1).exactOptional() }))
    .max(MAX_ROLLOUTS)
    .default([]),
  upload: strict({
    targets: z.int().min(0),
    file: undoHeadSchema,
    allowEdited: z.boolean().exactOptional(),
  }).exactOptional(),
  only: z.array(nameText).min(1).exactOptional(),
  keepTokens: z.boolean().exactOptional(),
  concurrency: z.int().min(1).max(MAX_CONCURRENCY).exactOptional(),
  wait: duration(0).prefault('0s'),
  previous: z.string().min(1).exactOptional(),
}).refine(({ rollouts, upload }) => rollouts.length > 0 !== (upload !== undefined), {
  error: 'must name rollouts, or say which undo file is uploaded, and not both',
});

/**
 * Checks the argument of `imdsRollback`.
 *
 * @example parseRollback({ rollouts: [{ workflowId: 'imds-rollout-prod' }], keepTokens: true })
 */
export function parseRollback(input: unknown): RollbackCheck {
  const schema = z.object({ rollback: rollbackFields });
  const result = schema.safeParse({ rollback: input }, { error: describeIssue, reportInput: false });
  if (result.success) return { ok: true, rollback: result.data.rollback };
  return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
}

/** Those of the undo log that are meant; or, in a sentence, why that can't be said. */
export function selectEntries(
  entries: readonly UndoEntry[],
  only: readonly string[] | undefined,
): { readonly entries: readonly UndoEntry[] } | { readonly refusal: string } {
  if (only === undefined) return { entries };
  const meant = new Set<UndoEntry>();
  for (const wanted of only) {
    const found = entries.filter(({ target }) => [target.name, targetLabel(target), target.arn].includes(wanted));
    const [entry, another] = found;
    if (entry === undefined) return { refusal: `"${wanted}" has not been changed, or is back already.` };
    if (another !== undefined) {
      const labels = found.map(({ target }) => targetLabel(target));
      return { refusal: `"${wanted}" is ${found.length} targets: name them as ${labels.join(', ')}.` };
    }
    meant.add(entry);
  }
  return { entries: entries.filter((entry) => meant.has(entry)) };
}
