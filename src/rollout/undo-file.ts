import { z } from 'zod';
import type { Problem } from './problem.js';
import { type RestoreSettings, restoreSettingsSchema } from './rollback.js';
import { describeIssue, problemsOf } from './spec-problems.js';
import { type UndoEntry, undoEntrySchema } from './undo.js';

/** Grows where a reader of the one before would misread it. */
export const UNDO_FORMAT = 'imds-rollout-undo/1';

/** What takes a rollout back once its history is gone. Holds no secret: names, ARNs, and four settings of each instance. */
export interface UndoFile {
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
  /** First changed first; what is back already isn't among them. */
  readonly entries: readonly UndoEntry[];
}

const undoFileSchema = z.object({
  format: z.literal(UNDO_FORMAT, { error: `must be ${UNDO_FORMAT}, which this version reads` }),
  rollout: z.object({
    workflowId: z.string().min(1),
    runId: z.string().min(1),
    name: z.string().exactOptional(),
    taskQueue: z.string().min(1).exactOptional(),
  }),
  writtenAt: z.string(),
  restore: restoreSettingsSchema,
  entries: z.array(undoEntrySchema),
});

/** What a check of an undo file says. */
export type UndoFileCheck =
  | { readonly ok: true; readonly file: UndoFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks an undo file, or a JSON report, which has one as its `undo`. */
export function parseUndoFile(input: unknown): UndoFileCheck {
  const isReport = typeof input === 'object' && input !== null && 'undo' in input;
  const schema = z.object({ undo: undoFileSchema });
  const result = schema.safeParse(isReport ? input : { undo: input }, { error: describeIssue, reportInput: false });
  if (result.success) return { ok: true, file: result.data.undo };
  return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
}
