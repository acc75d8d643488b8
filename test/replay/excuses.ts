/** A part of the workflows that needs no history: a line that has this code, or the function that begins on it. */
export interface Excuse {
  readonly why: string;
  readonly file: string;
  readonly code: string;
}

const because = (why: string, byFile: Readonly<Record<string, readonly string[]>>): Excuse[] =>
  Object.entries(byFile).flatMap(([file, codes]) => codes.map((code) => ({ why, file, code })));

/** Each may be gone, or be replayed, but never silently. */
export const EXCUSES: readonly Excuse[] = [
  ...because('Validators and queries are not replayed.', {
    'batch.ts': ['setHandler(orderQuery, '],
    'handlers.ts': [
      'validator:',
      'function validate(',
      'function messageRefused(',
      'function readApproval(',
      'setHandler(revertPreviewQuery',
      'function preview(',
    ],
    'rollback-handlers.ts': ['validator:', 'state.status(), {', 'setHandler(revertPreviewQuery'],
    'run-state.ts': ['return { refusal: NO_PLAN }', 'previewRevert(selection: RevertSelection, count'],
    'status-handlers.ts': ['state.status()'],
  }),
  ...because('It keeps the compiler, and an error that nothing is known of, from getting lost.', {
    'batch.ts': ['if (target === undefined'],
    'drain.ts': ['broken = { error };', 'throw broken.error;'],
    'holds.ts': ['if (stage === undefined) return;'],
    'journal.ts': ['throw error;'],
    'lease.ts': ['throw error;'],
    'progress.ts': ['if (parent === undefined) return;'],
    'read-undo.ts': ['throw error;'],
    'restore-batch.ts': ['if (index === undefined || target === undefined) return;'],
    'reverts.ts': ['if (target === undefined) continue;'],
    'verify.ts': ['throw error;'],
  }),
  ...because('It takes two things that meet in one workflow task, or just miss each other.', {
    'batch.ts': ['if (this.#isDrained) return;'],
    'handlers.ts': ["if ('refusal' in chosen) return"],
    'lease.ts': ['lease.result().catch', 'the lease is kept, since batch'],
    'look.ts': ['if (isMoot()) return undefined;'],
    'reverts.ts': ['nonCancellable(send).catch'],
    'run-batch.ts': ['if (state.isLeft) void stop();'],
    'stray-batch.ts': ['.catch(() => undefined)'],
  }),
  ...because('Its history would be 40 MB large, or an hour long.', {
    'plan.ts': ['throw ApplicationFailure.nonRetryable('],
    'rollout.ts': ["state.halt({ reason: why() ?? '', restore: false });", 'await tellBatch(state);'],
    'upload.ts': ['were uploaded within', "'InvalidRollback'"],
  }),
  ...because('Only an administrator makes the reading of windows fail, when it has been done before.', {
    'follow-calendar.ts': ['following.catch('],
  }),
];
