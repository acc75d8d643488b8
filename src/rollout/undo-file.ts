import { z } from 'zod';
import { type ChecksumCheck, type Checksummed, describeEdit, verifyChecksum } from './checksum.js';
import type { Problem } from './problem.js';
import { UNDO_FORMAT, type UndoHead, undoHeadSchema } from './rollback.js';
import { describeIssue, problemsOf } from './spec-problems.js';
import { type UndoEntry, undoEntrySchema } from './undo.js';

export { UNDO_FORMAT } from './rollback.js';

/** What takes a rollout back once its history is gone. Holds no secret: names, ARNs, and four settings of each instance. */
export interface UndoFile extends Checksummed<Omit<UndoHead, 'sha256'>> {
  /** First changed first; what is back already isn't among them. */
  readonly entries: readonly UndoEntry[];
}

const undoFileSchema = undoHeadSchema.extend({ entries: z.array(undoEntrySchema) });

/** What a check of an undo file says. */
export type UndoFileCheck =
  | { readonly ok: true; readonly file: UndoFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks an undo file, or a JSON report, which has one as its `undo`. A file that was edited since it was written is refused.
 *
 * @param options - `allowEdited` accepts a file whose checksum doesn't fit, or which has none
 */
export function parseUndoFile(
  input: unknown,
  { allowEdited = false }: { readonly allowEdited?: boolean } = {},
): UndoFileCheck {
  const isReport = typeof input === 'object' && input !== null && 'undo' in input;
  const undo = isReport ? input.undo : input;
  // A value of another format is refused by the schema, which says more.
  const hasFormat = typeof undo === 'object' && undo !== null && 'format' in undo && undo.format === UNDO_FORMAT;
  const edits = [...(isReport ? editsOf(input, 'sha256') : []), ...(hasFormat ? editsOf(undo, 'undo.sha256') : [])];
  if (edits.length > 0 && !allowEdited) return { ok: false, problems: edits };
  const schema = z.object({ undo: undoFileSchema });
  const result = schema.safeParse({ undo }, { error: describeIssue, reportInput: false });
  if (!result.success) return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
  const { sha256 = '', ...content } = result.data.undo;
  return { ok: true, file: { ...content, sha256 } };
}

/** Whether the entries that were uploaded are those of the file that was announced. */
export function verifyUpload(head: UndoHead, entries: readonly UndoEntry[]): ChecksumCheck {
  return verifyChecksum({ ...head, entries });
}

function editsOf(file: object, path: string): Problem[] {
  const check = verifyChecksum(file);
  return check.isIntact ? [] : [{ path, message: `was edited since it was written: ${describeEdit(check)}` }];
}
