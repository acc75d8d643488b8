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
  ...because('Tests on a real server go through it, and it has no recording yet.', {
    'batch.ts': [
      'if (order?.run !== input.run) return;',
      "setHandler(orderQuery, () => this.#orderReport, { description: 'The order that is in force. No input",
      'if (order.restore && skipped.wrote) this.#undo.push(index);',
      'if (result.refused !== undefined) this.#keys.refuse(result.refused);',
      'const restore = await restoreWithKeys(input, (refused) => this.#awaitKeys(refused));',
    ],
    'change-target.ts': ["if ('suspended' in answer) task = { ...task, suspended: answer.suspended };"],
    'evidence.ts': [
      'for (const { arn, createdAt } of instances) if (createdAt !== undefined) this.#created.set(arn, crea',
    ],
    'handlers.ts': [
      'const why = refusalOfMany(kind, received.updates);',
      'if (why !== undefined) throw ApplicationFailure.nonRetryable(why, TOO_MANY_UPDATES);',
    ],
    'health-watch.ts': ['if (finding === undefined) continue;'],
    'key-watch.ts': [
      'this.state.keys.giveUp(refused.account);',
      "this.state.halt({ reason: `the keys can't be waited for: ",
      'this.#goOn();',
      'if (!isCancellation(error)) failure = error;',
      "state.notifier?.tell('hold', { what: `waits for credentials: ",
      'if (failure !== undefined) throw failure;',
      'state.refuse(refused);',
      'await condition(() => !state.isRefused(refused.account) || state.stop !== undefined);',
      'return state.keys.find(refused.account) === undefined;',
      'if (!refused.isLapsed && !keys.hasAccepted(refused)) return false;',
      'try {',
      'await CancellationScope.withTimeout(PLANNING_WAIT, () => awaitKeys(refused));',
      'return true;',
      'if (CancellationScope.current().consideredCancelled) throw error;',
      'return false;',
    ],
    'lease.ts': ['.catch(() => false);'],
    'look.ts': [
      'if (report === undefined) return undefined;',
      'if (isCancellation(error) || cancel.consideredCancelled) return undefined;',
      'if (report.unhealthy.length > 0) return report;',
    ],
    'orders.ts': [
      '() => false,',
      'if (report === undefined || state.batch !== batch) continue;',
      'const answer: unknown = await lightsailImdsReadOrder({ batch: handle.workflowId }).catch(() => undef',
    ],
    'read-undo.ts': [
      'const { workflowId: rollout } = workflowInfo();',
      'lightsailImdsReadEarlierRollbacks();',
      'const { batches } = await throwingItsCause(read);',
      'const restores: UndoRecord[] = [];',
      'for (const batch of batches) {',
      'if (state.stop !== undefined) continue;',
      'const { lightsailImdsReadBatch } = controlActivities(`read ',
      'const packed = await throwingItsCause(lightsailImdsReadBatch({ rollout, batch }));',
      'restores.push(...packed.map(unpackUndoRecord));',
      'return undoLog([...records, ...asConfirmed(restores)]);',
    ],
    'restore-batch.ts': ['if (order?.run !== run) return;'],
    'restore-targets.ts': [
      'if (state.isLeft) return;',
      'if (before !== undefined && !state.isLeft) return targets.map(() => keysMissing(before.refused));',
    ],
    'reverts.ts': [
      "const hasFailed = this.ledger.resultOf(arn)?.restore?.outcome.kind === 'restore-failed';",
      'return restore && (this.#ordered.get(arn) === false || hasFailed);',
      'const { account } = refused;',
      'this.state.refuse(refused);',
      'await condition(() => !this.state.isRefused(account) || this.state.stop !== undefined);',
      'isLeft = this.state.stop !== undefined;',
      'return !isLeft;',
      'if (isLeft) this.left.push(target);',
    ],
    'rollback.ts': ['const leases = new Leases({ note: (event) => state.note(event), hold: () => undefined });'],
    'run-batch.ts': [
      'if (isStopped) return;',
      'await CancellationScope.nonCancellable(() => restoring.signal(holdSignal, order)).catch(() => undefi',
    ],
    'stage.ts': ["return { outcome: { kind: 'failed', reason: 'unconfirmed' }, detail: MAY_BE_SENT, wrote: true"],
    'status-handlers.ts': ['if (restored?.run !== workflowInfo().originalExecutionRunId) return;'],
    'tell-restoring.ts': [
      'await CancellationScope.nonCancellable(() => restoring.handle.signal(holdSignal, order)).catch(() =>',
    ],
  }),
];
