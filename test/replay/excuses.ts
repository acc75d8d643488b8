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
      'const why = refusalOfMany(kind, received.updates);',
      'if (why !== undefined) throw ApplicationFailure.nonRetryable(why, TOO_MANY_UPDATES);',
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
    'key-watch.ts': [
      'this.state.keys.giveUp(refused.account);',
      "this.state.halt({ reason: `the keys can't be waited for: ",
      'this.#goOn();',
      'if (!isCancellation(error)) failure = error;',
      'if (failure !== undefined) throw failure;',
    ],
    'lease.ts': [
      'throw error;',
      '.catch(() => false);',
      'if (scopes.length === 0) return undefined;',
      'if (inspection === undefined) return `nobody says who writes',
    ],
    'look.ts': ['if (told === undefined) continue;'],
    'orders.ts': ['const answer: unknown = await lightsailImdsReadOrder('],
    'progress.ts': ['if (parent === undefined) return;'],
    'read-undo.ts': ['throw error;'],
    'restore-batch.ts': ['if (index === undefined || target === undefined) return;'],
    'reverts.ts': ['if (target === undefined) continue;'],
    'rollback.ts': ['hold: () => undefined });'],
    'verify.ts': ['throw error;'],
  }),
  ...because('It takes two things that meet in one workflow task, or just miss each other.', {
    'batch.ts': [
      'if (this.#isDrained) return;',
      'if (order.restore && skipped.wrote) this.#undo.push(index);',
      'if (result.refused !== undefined) this.#keys.refuse(result.refused);',
    ],
    'handlers.ts': ["if ('refusal' in chosen) return"],
    'lease.ts': ['lease.result().catch', 'the lease is kept, since batch'],
    'look.ts': ['if (isMoot()) return undefined;'],
    'orders.ts': [
      '() => false,',
      'if (!isOpen || state.batch !== batch || state.stop !== undefined) return;',
      'if (report === undefined || state.batch !== batch) continue;',
    ],
    'restore-targets.ts': ['if (state.isLeft) return;'],
    'reverts.ts': ['nonCancellable(send).catch'],
    'run-state.ts': ['else this.keys.giveUp(refused.account);'],
    'run-batch.ts': [
      'if (state.isLeft) void stop();',
      'if (isStopped) return;',
      'restoring.signal(holdSignal, order)).catch(() => undefi',
    ],
    'stage.ts': ["return { outcome: { kind: 'failed', reason: 'unconfirmed' }, detail: MAY_BE_SENT, wrote: true"],
    'stray-batch.ts': ['.catch(() => undefined)'],
    'tell-restoring.ts': ['restoring.handle.signal(holdSignal, order)).catch(() =>'],
  }),
  ...because('Only a forged message leads there: test/workflows/forged-messages.test.ts sends it.', {
    'batch.ts': ['if (order?.run !== input.run) return;', 'if (run !== input.run) return;'],
    'restore-batch.ts': ['if (order?.run !== run) return;'],
    'status-handlers.ts': ['if (restored?.run !== workflowInfo().originalExecutionRunId) return;'],
  }),
  ...because(
    'It takes keys that are refused at one of two calls, or a restore that fails twice; tests have them by hand.',
    {
      'batch.ts': ['const restore = await restoreWithKeys(input, (refused) => this.#awaitKeys(refused));'],
      'change-target.ts': ["if ('suspended' in answer) task = { ...task, suspended: answer.suspended };"],
    },
  ),
  ...because('Its history would be 40 MB large, or an hour long.', {
    'key-watch.ts': [
      "state.notifier?.tell('hold', { what: `waits for credentials: ",
      'if (CancellationScope.current().consideredCancelled) throw error;',
      'return false;',
    ],
    'plan.ts': ['throw ApplicationFailure.nonRetryable('],
    'restore-targets.ts': ['if (before !== undefined && !state.isLeft) return targets.map('],
    'rollout.ts': ["state.halt({ reason: why() ?? '', restore: false });", 'await tellBatch(state);'],
    'upload.ts': ['were uploaded within', "'InvalidRollback'"],
  }),
  ...because('Only an administrator makes the reading of windows fail, when it has been done before.', {
    'follow-calendar.ts': ['following.catch('],
  }),
];
