import { type CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import { BLIND_AFTER, type WatchInput, type WatchMemory, type WatchMode, type WatchReport } from '../rollout/health.js';
import { type Scope, scopeKey, scopeOf } from '../rollout/scope.js';
import { describeMissing } from '../rollout/sight.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { groupWatched, type Watched, watchId } from '../rollout/watch-groups.js';
import { watchActivity } from './activity-options.js';
import { now } from './clock.js';
import { tellBatch } from './orders.js';
import type { RunState } from './run-state.js';

export const NOTHING_YET: WatchMemory = { streaks: {} };

/** Who looks: each loses and regains sight of an instance by itself. */
export type LookedAtBy = 'before' | 'watch' | 'settle';

export interface Look {
  readonly by: LookedAtBy;
  readonly mode: WatchMode;
  readonly scope: Scope;
  readonly members: readonly Watched[];
  readonly memory: WatchMemory;
  /** Whether nobody wants to know any more; what it sees then isn't told. */
  readonly isMoot: () => boolean;
}

export interface Finding {
  readonly unhealthy: readonly { readonly arn: string; readonly reason: string }[];
  readonly memory: WatchMemory;
}

/** Looks at instances by way of the watch activity, and keeps what the whole run has to know of it: who can't be read. */
export class Looker {
  /** Status codes that were read before the change, by ARN. */
  readonly #codes = new Map<string, readonly (number | null)[]>();

  constructor(
    private readonly state: RunState,
    private readonly spec: RolloutSpec,
  ) {}

  /** The targets that any check applies to, by scope. An instance that was stopped can't be judged. */
  watchable(members: readonly Watched[]): (readonly [Scope, Watched[]])[] {
    const scopes = new Map<string, readonly [Scope, Watched[]]>();
    for (const member of members) {
      const { target } = member;
      if (target.stopped || this.#checksOf(target.arn).length === 0) continue;
      const scope = scopeOf(target.arn);
      const entry = scopes.get(scopeKey(scope)) ?? ([scope, []] as const);
      entry[1].push(member);
      scopes.set(scopeKey(scope), entry);
    }
    return [...scopes.values()];
  }

  /**
   * @param cancel - ends the look; what has been seen so far is kept
   * @returns undefined where it is moot, was ended before it had begun, or lost its worker meanwhile
   */
  async look(
    { by, mode, scope, members, memory, isMoot }: Look,
    cancel: CancellationScope,
  ): Promise<Finding | undefined> {
    const arns = new Map(members.map(({ target }) => [watchId(target.arn), target.arn]));
    const { interval, failureThreshold } = this.spec.health;
    const summary = `${SAYS[by]} ${countOf(members.length, 'instance')} in ${scope.region}`;
    const input: WatchInput = {
      rollout: workflowInfo().workflowId,
      scope,
      mode,
      interval,
      failureThreshold,
      groups: groupWatched(members, (arn) => ({ checks: this.#checksOf(arn), codes: this.#codes.get(arn) })),
      memory,
    };
    try {
      const report = await this.#watch(input, { cancel, isMoot, summary });
      if (report === undefined) return undefined;
      const named = (ids: readonly string[]) => ids.flatMap((id) => arns.get(id) ?? []);
      for (const [id, codes] of Object.entries(report.codes ?? {}))
        for (const arn of named([id])) this.#codes.set(arn, codes);
      if (isMoot()) return undefined;
      this.#see(by, named(report.blind), named(report.recovered), report);
      return {
        unhealthy: report.unhealthy.flatMap(({ id, reason }) => named([id]).map((arn) => ({ arn, reason }))),
        memory: report.memory,
      };
    } catch (error) {
      // A watch whose worker has died isn't tried again once it is cancelled: what it counted last is lost with it.
      if (isCancellation(error) || cancel.consideredCancelled) return undefined;
      if (isMoot()) return undefined;
      throw error;
    }
  }

  /** Where the caller's keys are refused it waits until they are accepted, and goes on with what it had counted. */
  async #watch(
    input: WatchInput,
    {
      cancel,
      isMoot,
      summary,
    }: Pick<Look, 'isMoot'> & { readonly cancel: CancellationScope; readonly summary: string },
  ): Promise<WatchReport | undefined> {
    const { state } = this;
    const { account } = input.scope;
    for (let memory = input.memory; ; ) {
      await cancel.run(() => condition(() => isMoot() || !state.isRefused(account)));
      if (isMoot()) return undefined;
      const report = await cancel.run(() => watchActivity(input.interval, summary)({ ...input, memory }));
      const { refused } = report;
      if (refused === undefined) return report;
      state.refuse(refused);
      void tellBatch(state);
      if (report.unhealthy.length > 0) return report;
      // Before a change, each is judged once, and anew.
      memory = input.mode === 'before' ? input.memory : report.memory;
    }
  }

  /** From now on it doesn't matter to this one whether these can be read. */
  forget(by: LookedAtBy, members: readonly Watched[]): void {
    const before = this.state.sight.missing;
    this.state.sight.regain(
      by,
      members.map(({ target }) => target.arn),
    );
    if (before !== undefined && this.state.sight.missing === undefined) void tellBatch(this.state);
  }

  #checksOf(arn: string) {
    return this.state.checks.get(arn) ?? [];
  }

  #see(
    by: LookedAtBy,
    blind: readonly string[],
    recovered: readonly string[],
    { blindReason = 'inconclusive', observer }: { readonly blindReason?: string; readonly observer: boolean },
  ): void {
    if (blind.length === 0 && recovered.length === 0) return;
    const { sight } = this.state;
    const was = sight.missing !== undefined;
    sight.lose(by, blind, { why: blindReason, observer, since: now() });
    sight.regain(by, recovered);
    const { missing } = sight;
    if (missing !== undefined && blind.length > 0) this.state.note(describeMissing(missing));
    if (missing === undefined && was) this.state.note('health can be read again');
    void tellBatch(this.state);
  }
}

const SAYS = { before: 'look at', watch: 'watch', settle: 'one more look at' } as const satisfies Record<
  LookedAtBy,
  string
>;

/** Whether any instance is still in doubt; one that can't be read, and has been reported so, is waited for otherwise. */
export function isInDoubt({ streaks }: WatchMemory): boolean {
  return Object.values(streaks).some(({ fails, blind }) => blind < BLIND_AFTER && fails + blind > 0);
}
