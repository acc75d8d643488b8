import { CancellationScope, condition } from '@temporalio/workflow';
import { chunk } from '../rollout/batch.js';
import { messageOf } from '../rollout/error-message.js';
import { MAX_WATCHED } from '../rollout/health.js';
import type { Ledger } from '../rollout/ledger.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { Watched } from '../rollout/watch-groups.js';
import { type Finding, type Looker, type LookMemory, NOTHING_YET } from './look.js';
import { tellBatch } from './orders.js';
import type { Reverts } from './reverts.js';
import type { RunState } from './run-state.js';

/** Up to {@link MAX_WATCHED} targets, in any accounts and regions, under one activity at a time. */
interface Group {
  members: Watched[];
  memory: LookMemory;
  /** Cancelled to give the activity another list. */
  run: CancellationScope;
}

/** Watches all changed targets of the run, in every phase, until it is ended. */
export class HealthWatch {
  readonly #groups: Group[] = [];
  /** A target whose batch was interrupted comes again. */
  readonly #added = new Set<string>();
  #isOver = false;

  constructor(
    private readonly state: RunState,
    private readonly spec: RolloutSpec,
    private readonly ledger: Ledger,
    private readonly reverts: Reverts,
    private readonly looker: Looker,
  ) {}

  /** Watches these from the moment that they are changed: the activity sees that for itself. */
  add(all: readonly Watched[]): void {
    const members = all.filter(({ target }) => !this.#added.has(target.arn));
    for (const { target } of members) this.#added.add(target.arn);
    let rest = this.looker.watchable(members);
    for (const group of this.#groups) {
      const own = rest.slice(0, MAX_WATCHED - group.members.length);
      if (own.length === 0) continue;
      rest = rest.slice(own.length);
      group.members.push(...own);
      group.run.cancel();
    }
    for (const own of chunk(rest, MAX_WATCHED))
      this.#begin({ members: own, memory: NOTHING_YET, run: new CancellationScope() });
  }

  #begin(group: Group): void {
    this.#groups.push(group);
    this.#follow(group).catch((error: unknown) => {
      this.state.halt({ reason: `the health watch broke off: ${messageOf(error)}`, restore: false });
      void tellBatch(this.state);
    });
  }

  /** Fails those that were found unhealthy, and takes them back where that is wanted. */
  async fail(unhealthy: Finding['unhealthy']): Promise<void> {
    if (unhealthy.length === 0 || this.#isOver) return;
    const restore = this.spec.failure.revert !== 'none';
    await this.reverts.order(
      unhealthy.map(({ arn, reason }) => ({ arn, reason: 'unhealthy', detail: reason, count: true, restore })),
    );
  }

  /** Nothing is watched any more. */
  end(): void {
    this.#isOver = true;
    for (const { run } of this.#groups) run.cancel();
  }

  async #follow(group: Group): Promise<void> {
    for (;;) {
      const gone = group.members.filter(({ target }) => !this.#concerns(target.arn));
      group.members = group.members.filter((member) => !gone.includes(member));
      this.looker.forget('watch', gone);
      await condition(() => group.members.length > 0 || this.#isOver);
      if (this.#isOver) return;
      group.run = new CancellationScope();
      const { members, memory } = group;
      const finding = await this.looker.look(
        { by: 'watch', mode: 'after', members: [...members], memory, isMoot: () => this.#isOver },
        group.run,
      );
      if (finding === undefined) continue;
      group.memory = finding.memory;
      await this.fail(finding.unhealthy);
    }
  }

  /** Not yet changed, or changed and not taken back. */
  #concerns(arn: string): boolean {
    if (this.reverts.has(arn)) return false;
    const result = this.ledger.resultOf(arn);
    return result === undefined || (result.outcome.kind === 'changed' && result.restore === undefined);
  }
}
