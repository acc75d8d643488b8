import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { Ledger } from '../rollout/ledger.js';
import { cutReason } from '../rollout/outcome.js';
import { toRestore } from '../rollout/restore.js';
import { carryOut, concerns, type RevertOrder } from '../rollout/revert.js';
import { scopeKey, scopeOf } from '../rollout/scope.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { type Target, targetLabel } from '../rollout/target.js';
import { Turns } from '../rollout/turns.js';
import { restoreWithKeys } from './change-target.js';
import { revertSignal } from './messages.js';
import { countOutcomes, countRevert } from './metrics.js';
import { tellBatch } from './orders.js';
import type { RunState } from './run-state.js';

/**
 * Takes single targets back while the rollout goes on: those that fail their health checks, and those that an operator
 * names. A target of the batch that runs is the batch's to restore; one of an earlier batch is restored from here.
 */
export class Reverts {
  /** Orders whose target is in the running batch: kept until its result shows what became of them. */
  readonly #sent = new Map<string, RevertOrder>();
  /** Whether the last order for a target was to restore it, by ARN. */
  readonly #ordered = new Map<string, boolean>();
  readonly #turns: Turns;
  /** Restores under way from here, and those that wait for their turn, by ARN. */
  readonly #open = new Set<string>();
  /** Targets whose way back has to wait until the rollout has stopped. */
  readonly left: Target[] = [];

  constructor(
    private readonly state: RunState,
    private readonly spec: RolloutSpec,
    private readonly ledger: Ledger,
  ) {
    this.#turns = new Turns({ total: spec.rollback.concurrency, perScope: spec.concurrency.perScope });
  }

  /** Whether this target's way back was ordered. */
  has(arn: string): boolean {
    return this.#ordered.has(arn);
  }

  /** Resolves once all of them are under way. */
  async order(orders: readonly RevertOrder[]): Promise<void> {
    // What is neither changed nor in the running batch can't be meant: it is looked at again when it is.
    const fresh = orders.filter(({ arn, restore }) => this.isNew(arn, restore) && this.#isKnown(arn));
    for (const { arn, restore } of fresh) this.#ordered.set(arn, restore);
    const { batch } = this.state;
    const running = fresh.filter(({ arn }) => this.state.isRunning(arn));
    for (const order of running) this.#sent.set(order.arn, order);
    this.#note(fresh);
    this.#begin(fresh.filter(({ arn }) => !this.#sent.has(arn)));
    if (batch === undefined || running.length === 0) return;
    // A batch that closes just now doesn't listen any more: its result says so, see `takeOver`.
    const message = { run: workflowInfo().originalExecutionRunId, orders: running };
    const send = () => batch.handle.signal(revertSignal, message);
    await CancellationScope.nonCancellable(send).catch(() => undefined);
  }

  /** Carries out what was ordered of a batch that has closed before it did. */
  takeOver(): void {
    const orders = [...this.#sent.values()];
    this.#sent.clear();
    this.#begin(orders);
  }

  /** Whether a single target is on its way back, or waits to be. */
  get isUnderWay(): boolean {
    return this.#open.size > 0;
  }

  /** Resolves when none is. */
  async drained(): Promise<void> {
    await condition(() => !this.isUnderWay);
  }

  /** All at once: a thousand orders may come together, and what follows from each is derived over the whole run. */
  #begin(orders: readonly RevertOrder[]): void {
    if (orders.length === 0) return;
    const targets = new Map(this.ledger.targets().map((target) => [target.arn, target]));
    const back: Target[] = [];
    for (const order of orders) {
      const target = targets.get(order.arn);
      const result = this.ledger.resultOf(order.arn);
      if (target === undefined || result === undefined || !concerns(order, result)) continue;
      const { outcome, detail } = carryOut(order, result);
      this.ledger.amend(order.arn, { outcome, ...(detail !== undefined && { detail }) });
      if (outcome.kind !== result.outcome.kind) countOutcomes({ [outcome.kind]: 1 });
      if (order.restore) back.push(target);
    }
    void tellBatch(this.state);
    for (const { arn } of back) this.#open.add(arn);
    // An order may come by a message, whose handler a cancellation of the run would reach.
    for (const target of back) {
      void CancellationScope.nonCancellable(() => this.#restore(target)).finally(() => this.#open.delete(target.arn));
    }
  }

  /** Not ordered yet, or only to fail, or to go back, which came to nothing. */
  isNew(arn: string, restore: boolean): boolean {
    if (!this.#ordered.has(arn)) return true;
    if (this.#open.has(arn)) return false;
    const hasFailed = this.ledger.resultOf(arn)?.restore?.outcome.kind === 'restore-failed';
    return restore && (this.#ordered.get(arn) === false || hasFailed);
  }

  #isKnown(arn: string): boolean {
    return this.state.isRunning(arn) || this.ledger.resultOf(arn) !== undefined;
  }

  #note(orders: readonly RevertOrder[]): void {
    const targets = this.ledger.targets();
    for (const { arn, reason, detail } of orders.slice(0, NOTED)) {
      const target = targets.find((each) => each.arn === arn);
      if (target === undefined) continue;
      const what = reason === 'unhealthy' ? `fails its health checks: ${detail}` : detail;
      this.state.note(cutReason(`${targetLabel(target)} ${what}`));
    }
    const more = orders.length - NOTED;
    if (more > 0) this.state.note(`and ${countOf(more, 'more target')}`);
  }

  async #restore(target: Target): Promise<void> {
    // A stopped rollout takes back what is left all at once, in batches.
    const scope = scopeKey(scopeOf(target.arn));
    const isFull = () => !this.#turns.hasRoomFor(scope) && this.state.stop === undefined;
    // Several may wait for the same room.
    while (isFull()) await condition(() => !isFull());
    if (this.state.stop !== undefined) {
      this.left.push(target);
      return;
    }
    this.#turns.take(scope);
    const { apply: settings, rollback, credentials } = this.spec;
    const ordered = toRestore(target, this.ledger.resultOf(target.arn) ?? {});
    const input = { target: ordered, settings, keepTokens: rollback.keepTokens, deniedFor: credentials.wait };
    let isLeft = false;
    const restore = await restoreWithKeys(input, async (refused) => {
      const { account } = refused;
      this.state.refuse(refused);
      await condition(() => !this.state.isRefused(account) || this.state.stop !== undefined);
      isLeft = this.state.stop !== undefined;
      return !isLeft;
    });
    // What waits for keys when the rollout stops, goes back with all the rest; or is named with it.
    if (isLeft) this.left.push(target);
    else {
      this.ledger.amend(target.arn, { restore });
      countRevert(restore.outcome.kind);
    }
    this.#turns.giveBack(scope);
    this.state.show();
  }
}

/** Orders that are noted one by one, of those that come at once; the log is short. */
const NOTED = 5;
