import { ApplicationFailure, condition } from '@temporalio/workflow';
import { describeEdit } from '../rollout/checksum.js';
import { nameOfUndo, type UndoUpload } from '../rollout/rollback.js';
import { recordsOf, type UndoEntry } from '../rollout/undo.js';
import { verifyUpload } from '../rollout/undo-file.js';
import { confirmEarlier, type Undo } from './read-undo.js';
import type { RunState } from './run-state.js';

/** How long the parts of an upload may take to come. */
const PATIENCE = '1h';

/** What is to be taken back, where the history of it is gone: it comes in parts. */
export class Upload {
  readonly #parts = new Map<number, readonly UndoEntry[]>();

  /** A part that comes again replaces the one before. */
  add(index: number, entries: readonly UndoEntry[]): void {
    this.#parts.set(index, entries);
  }

  get size(): number {
    return [...this.#parts.values()].reduce((sum, part) => sum + part.length, 0);
  }

  /**
   * Waits until so many targets are there, and checks that together they are the file that was announced.
   *
   * @throws ApplicationFailure of type `InvalidRollback` where they don't come; of type `EditedFile` where the checksum
   * doesn't fit, and that isn't allowed
   */
  async complete(state: RunState, { targets, file, allowEdited = false }: UndoUpload): Promise<Undo> {
    const isThere = await condition(() => this.size >= targets || state.stop !== undefined, PATIENCE, {
      summary: 'for the targets to be uploaded',
    });
    if (!isThere) {
      const why = `Of ${targets} targets ${this.size} were uploaded within ${PATIENCE}. Nothing was changed: start the rollback again.`;
      throw ApplicationFailure.nonRetryable(why, 'InvalidRollback');
    }
    const parts = [...this.#parts].sort(([a], [b]) => a - b).flatMap(([, entries]) => entries);
    // Aborted before it was uploaded whole, nothing of it is carried out.
    const check = state.stop === undefined ? verifyUpload(file, parts) : undefined;
    const edit = check === undefined || check.isIntact ? undefined : describeEdit(check);
    if (edit !== undefined && !allowEdited) {
      const why = `The undo file was edited since it was written: ${edit}. Nothing was changed. Upload the file as it was written, or set upload.allowEdited.`;
      throw ApplicationFailure.nonRetryable(why, 'EditedFile');
    }
    return {
      name: nameOfUndo(file),
      // Named twice, a target is taken back once.
      entries: await confirmEarlier(state, recordsOf(parts)),
      restore: file.restore,
      warnings: edit === undefined ? [] : [`the undo file was edited since it was written, which was allowed: ${edit}`],
    };
  }
}
