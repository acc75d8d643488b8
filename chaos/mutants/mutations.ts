/** A defect that is put into the product on purpose: one text of one file, replaced by another. */
export interface Mutation {
  readonly name: string;
  /** In src/. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Who must notice: the campaign, on a real server, or the model check of the decisions. */
  readonly by: 'campaign' | 'model';
  /** From which the campaign has found it before long. */
  readonly seed?: number;
}

/** Each of them breaks a promise of docs/reliability.md. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'drop the drift guard: write over what was changed elsewhere',
    file: 'rollout/apply.ts',
    from: `    case 'other':
      return skip(`,
    to: `    case 'other':
      return write(instance, target.desired);
      return skip(`,
    by: 'campaign',
    seed: 10,
  },
  {
    name: 'restore over what was changed elsewhere',
    file: 'rollout/restore.ts',
    from: "return record.wrote && !late ? WAIT : end('drifted', 'changed elsewhere since, left as it is');",
    to: 'return write(instance, wanted);',
    by: 'campaign',
    seed: 94,
  },
  {
    name: 'write to an instance that has taken the name of a target',
    file: 'rollout/change.ts',
    from: "if (instance.arn !== target.arn) return 'replaced';",
    to: '',
    by: 'campaign',
    seed: 38,
  },
  {
    name: 'skip the read-back: an accepted Update counts as applied',
    file: 'rollout/apply.ts',
    from: '  if (record.wrote) {\n',
    to: "  if (record.wrote) {\n    if (record.accepted) return end({ kind: 'changed' });\n",
    by: 'campaign',
    seed: 15,
  },
  {
    name: 'write before the record of it is acknowledged',
    file: 'activities/change-instance.ts',
    from: 'if (!(await fence.recordWrite())) return HELD;',
    to: 'void fence.recordWrite().catch(() => false);',
    by: 'campaign',
  },
  {
    name: 'leave httpTokens out of an Update that is about another field',
    file: 'rollout/options.ts',
    from: 'return httpTokens === undefined ? wanted : mergeOptions({ httpTokens }, wanted);',
    to: 'return httpTokens === undefined ? wanted : mergeOptions({}, wanted);',
    by: 'campaign',
  },
  {
    name: 'one more at once than allowed',
    file: 'rollout/turns.ts',
    from: 'return this.#busy < this.concurrency.total;',
    to: 'return this.#busy <= this.concurrency.total;',
    by: 'campaign',
  },
  {
    name: 'forget the bound of one region',
    file: 'rollout/turns.ts',
    from: 'return this.hasRoom && (perScope === undefined || (this.#byScope.get(scope) ?? 0) < perScope);',
    to: 'return this.hasRoom && (perScope === undefined || (this.#byScope.get(scope) ?? 0) <= perScope);',
    by: 'campaign',
  },
  {
    name: 'let a batch go on through a pause',
    file: 'workflows/run-state.ts',
    from: "    if (this.heldBy() !== undefined) return { mode: 'wait' };",
    to: "    if (this.heldBy() !== undefined && this.paused === undefined) return { mode: 'wait' };",
    by: 'campaign',
    seed: 2_569,
  },
  {
    name: 'forget the reverse order of the way back',
    file: 'rollout/ledger.ts',
    from: 'this.#order.toReversed().flatMap(',
    to: 'this.#order.flatMap(',
    by: 'campaign',
    seed: 748,
  },
  {
    name: 'leave failed targets out of the way back',
    file: 'rollout/ledger.ts',
    from: "return result.wrote && result.restore?.outcome.kind !== 'restored';",
    to: "return result.outcome.kind === 'changed' && result.restore?.outcome.kind !== 'restored';",
    by: 'campaign',
  },
  {
    name: 'release the lease early',
    file: 'workflows/rollout.ts',
    from: '    const run = createRun(state, spec, prepared);\n',
    to: '    const run = createRun(state, spec, prepared);\n    await leases.release();\n',
    by: 'campaign',
  },
  {
    name: 'never release the lease',
    file: 'workflows/lease.ts',
    from: '  if (stray === undefined) await leases.release();',
    to: '  if (stray === undefined) return;',
    by: 'campaign',
  },
  {
    name: 'take the lease from a rollout that holds it',
    file: 'activities/inspect-lease.ts',
    from: "    return { free: false, holder, why: 'open' };",
    to: '    await release(client, lease);\n    return FREE;',
    by: 'campaign',
    seed: 2_660,
  },
  {
    name: 'never let the budget stop a rollout',
    file: 'rollout/budget.ts',
    from: '    if (stage.failed > allowed) {',
    to: '    if (stage.failed > allowed + stage.size) {',
    by: 'campaign',
  },
  {
    name: 'leave the last sweep out',
    file: 'workflows/rollout.ts',
    from: '    if (state.stop === undefined && countTargets(plan) > 0) await verify(run);\n',
    to: '',
    by: 'campaign',
  },
  {
    name: 'count skipped targets as failures',
    file: 'rollout/stage-book.ts',
    from: "return outcome.kind === 'failed' && !isUnconfirmed(outcome);",
    to: "return (outcome.kind === 'failed' && !isUnconfirmed(outcome)) || outcome.kind === 'skipped';",
    by: 'model',
  },
  {
    name: 'round the percentage of a budget up',
    file: 'rollout/budget.ts',
    from: 'Math.floor(shareOf(stageSize',
    to: 'Math.ceil(shareOf(stageSize',
    by: 'model',
  },
  {
    name: 'stop one failure too early',
    file: 'rollout/budget.ts',
    from: 'if (stage.failed > allowed) {',
    to: 'if (stage.failed >= allowed) {',
    by: 'model',
  },
  {
    name: 'let the last stage have any number of failures',
    file: 'rollout/budget.ts',
    from: 'for (const stage of stages) {\n    const allowed',
    to: 'for (const stage of stages.slice(0, -1)) {\n    const allowed',
    by: 'model',
  },
  {
    name: 'count the failures of a batch twice, by its reports and by its result',
    file: 'rollout/stage-book.ts',
    from: '    this.#progress = undefined;\n',
    to: '',
    by: 'model',
  },
  {
    name: 'accept an approval that nobody waits for',
    file: 'rollout/operator.ts',
    from: 'if (waiting === null || !APPROVABLE.includes(waiting.for))',
    to: 'if (waiting === undefined)',
    by: 'model',
  },
  {
    name: 'let an abort that halts overrule one that rolls back',
    file: 'rollout/operator.ts',
    from: "if (aborted?.mode === 'rollback' && mode === 'halt') {",
    to: "if (aborted?.mode === 'rollback' && mode !== 'halt') {",
    by: 'model',
  },
  {
    name: 'let a batch have one failure more than it was allowed',
    file: 'workflows/batch.ts',
    from: 'this.#failures > this.input.failuresLeft',
    to: 'this.#failures > this.input.failuresLeft + 1',
    by: 'model',
  },
  {
    name: 'let what has not written yet go on when a batch is held',
    file: 'workflows/batch.ts',
    from: "if (hold.mode !== 'run') {",
    to: "if (hold.mode === 'run') {",
    by: 'model',
  },
  {
    name: 'start a stage that nobody has approved',
    file: 'workflows/holds.ts',
    from: "() => state.mayPass('approval'),",
    to: '() => true,',
    by: 'model',
  },
  {
    name: 'leave the bake out',
    file: 'workflows/holds.ts',
    from: 'stage.bake === 0 ||',
    to: 'stage.bake >= 0 ||',
    by: 'model',
  },
  {
    name: 'call a rollback complete that has failed in part',
    file: 'workflows/ending.ts',
    from: "ledger.restoreFailures() > 0 ? 'rollback-incomplete' : 'rolled-back'",
    to: "ledger.restoreFailures() < 0 ? 'rollback-incomplete' : 'rolled-back'",
    by: 'model',
  },
  {
    name: 'round the percentage of a stage down',
    file: 'rollout/planner.ts',
    from: 'Math.ceil(shareOf(needing, size.percent))',
    to: 'Math.floor(shareOf(needing, size.percent))',
    by: 'model',
  },
  {
    name: 'put running instances into the stage of the stopped ones',
    file: 'rollout/planner.ts',
    from: "spec.targets.stopped === 'last' && isStopped(instance)",
    to: "spec.targets.stopped !== 'last' && isStopped(instance)",
    by: 'model',
  },
];
