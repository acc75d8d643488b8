import { ApplicationFailure, condition } from '@temporalio/workflow';
import type { RollbackInput } from '../rollout/rollback.js';
import { recordsOf, type UndoEntry } from '../rollout/undo.js';
import { confirmEarlier, type Undo } from './read-undo.js';
import type { RunState } from './run-state.js';

/** How long the parts of an upload may take to come. */
const PATIENCE = '1h';

type UploadedUndo = NonNullable<RollbackInput['upload']>;

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
   * Waits until so many targets are there.
   *
   * @throws ApplicationFailure of type `InvalidRollback` where they don't come
   */
  async complete(state: RunState, { targets, name, restore }: UploadedUndo): Promise<Undo> {
    const isThere = await condition(() => this.size >= targets || state.stop !== undefined, PATIENCE, {
      summary: 'for the targets to be uploaded',
    });
    if (!isThere) {
      const why = `Of ${targets} targets ${this.size} were uploaded within ${PATIENCE}. Nothing was changed: start the rollback again.`;
      throw ApplicationFailure.nonRetryable(why, 'InvalidRollback');
    }
    const parts = [...this.#parts].sort(([a], [b]) => a - b).flatMap(([, entries]) => entries);
    return {
      name,
      // Named twice, a target is taken back once.
      entries: await confirmEarlier(state, recordsOf(parts)),
      restore,
      warnings: [],
    };
  }
}
