import { type CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { Streak, WatchInput, WatchMode, WatchReport } from '../rollout/health.js';
import { type Scope, type ScopeKey, scopeKey, scopeOf } from '../rollout/scope.js';
import { describeMissing } from '../rollout/sight.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { groupWatched, type Watched, watchId } from '../rollout/watch-groups.js';
import type { WatchPaces } from '../rollout/watch-pace.js';
import { watchActivity } from './activity-options.js';
import { now } from './clock.js';
import { tellBatch } from './orders.js';
import type { RunState } from './run-state.js';

/** What is remembered from one round to the next. */
export interface LookMemory {
  /** By ARN. */
  readonly streaks: ReadonlyMap<string, Streak>;
  /** How many of a scope were judged, and aren't looked at again; before a change only, and to settle what is in doubt. */
  readonly judged: ReadonlyMap<ScopeKey, number>;
  readonly paces?: WatchPaces;
  /** When the next round is due, in milliseconds since the epoch; missing: now. */
  readonly nextAt?: number;
}

export const NOTHING_YET: LookMemory = { streaks: new Map(), judged: new Map() };

/** Who looks: each loses and regains sight of an instance by itself. */
export type LookedAtBy = 'before' | 'watch' | 'settle';

export interface Look {
  readonly by: LookedAtBy;
  readonly mode: WatchMode;
  readonly members: readonly Watched[];
  readonly memory: LookMemory;
  /** Whether nobody wants to know any more; what it sees then isn't told. */
  readonly isMoot: () => boolean;
}

export interface Finding {
  readonly unhealthy: readonly { readonly arn: string; readonly reason: string }[];
  readonly memory: LookMemory;
  /** Those that are not judged yet. */
  readonly open: readonly Watched[];
}

/** Looks at instances by way of the watch activity, and keeps what the whole run has to know of it: who can't be read. */
export class Looker {
  /** Status codes that were read before the change, by ARN. */
  readonly #codes = new Map<string, readonly (number | null)[]>();

  constructor(
    private readonly state: RunState,
    private readonly spec: RolloutSpec,
  ) {}

  /** The targets that any check applies to. An instance that was stopped can't be judged. */
  watchable(members: readonly Watched[]): Watched[] {
    return members.filter(({ target }) => !target.stopped && this.#checksOf(target.arn).length > 0);
  }

  /**
   * Looks at instances until there is something to tell. Those of accounts whose keys are refused are left out until they are
   * accepted.
   *
   * @param cancel - of this look alone; ends it
   * @returns undefined where it is moot, or was ended: nothing has come of it, and another one goes on from the same memory
   */
  async look({ by, mode, members, memory, isMoot }: Look, cancel: CancellationScope): Promise<Finding | undefined> {
    let isDone = false;
    try {
      await cancel.run(() => this.#untilDue(members, memory, isMoot));
      const asked = members.filter((member) => this.#isAccepted(member));
      if (isMoot() || asked.length === 0) return undefined;
      const left = members.filter((member) => !asked.includes(member));
      if (left.length > 0) {
        void condition(() => isDone || left.some((member) => this.#isAccepted(member))).then(() => cancel.cancel());
      }
      const scopes = byScope(asked);
      const summary = `${SAYS[by]} ${countOf(asked.length, 'instance')} in ${scopes.map(([{ region }]) => region).join(', ')}`;
      const report = await cancel.run(() => watchActivity(summary)(this.#inputOf(mode, scopes, memory)));
      isDone = true;
      return this.#take({ by, mode, memory, isMoot }, scopes, left, report);
    } catch (error) {
      isDone = true;
      // A round that was under way then, and found nothing to tell, has failed by way of being called again.
      if (isCancellation(error) || cancel.consideredCancelled || isMoot()) return undefined;
      throw error;
    }
  }

  async #untilDue(members: readonly Watched[], { nextAt }: LookMemory, isMoot: () => boolean): Promise<void> {
    await condition(() => isMoot() || members.some((member) => this.#isAccepted(member)));
    const rest = (nextAt ?? 0) - now();
    if (rest > 0) await condition(isMoot, rest, { summary: 'until the next reading' });
  }

  #inputOf(mode: WatchMode, scopes: readonly ScopeMembers[], { streaks, judged, paces }: LookMemory): WatchInput {
    const { interval, failureThreshold } = this.spec.health;
    // Before a change, codes are read and not held against earlier ones.
    const codesOf = (arn: string) => (mode === 'before' ? undefined : this.#codes.get(arn));
    return {
      rollout: workflowInfo().workflowId,
      mode,
      interval,
      failureThreshold,
      scopes: scopes.map(([scope, members]) => ({
        scope,
        groups: groupWatched(members, (arn) => ({ checks: this.#checksOf(arn), codes: codesOf(arn) })),
        streaks: Object.fromEntries(
          members.flatMap(({ target: { arn } }) => {
            const streak = streaks.get(arn);
            return streak === undefined ? [] : [[watchId(arn), streak]];
          }),
        ),
        ...(judged.has(scopeKey(scope)) && { judged: judged.get(scopeKey(scope)) ?? 0 }),
      })),
      ...(paces !== undefined && { paces }),
    };
  }

  #take(
    { by, mode, memory, isMoot }: Omit<Look, 'members'>,
    scopes: readonly ScopeMembers[],
    left: readonly Watched[],
    report: WatchReport,
  ): Finding | undefined {
    const streaks = new Map(memory.streaks);
    const judged = new Map(memory.judged);
    const open = [...left];
    const unhealthy: { arn: string; reason: string }[] = [];
    let hasRead = false;
    for (const [index, [scope, members]] of scopes.entries()) {
      const told = report.scopes[index];
      if (told === undefined) continue;
      const arns = new Map(members.map(({ target }) => [watchId(target.arn), target.arn]));
      const named = (ids: readonly string[]) => ids.flatMap((id) => arns.get(id) ?? []);
      for (const [id, codes] of Object.entries(told.codes ?? {})) for (const arn of named([id])) this.#keep(arn, codes);
      if (told.refused !== undefined) {
        open.push(...members);
        if (!isMoot()) this.state.refuse(told.refused);
      } else hasRead = true;
      unhealthy.push(...told.unhealthy.flatMap(({ id, reason }) => named([id]).map((arn) => ({ arn, reason }))));
      for (const [id, arn] of arns) {
        const streak = told.streaks[id];
        if (streak === undefined) streaks.delete(arn);
        else streaks.set(arn, streak);
      }
      if (!isMoot()) this.#see(by, named(told.blind), named(told.recovered), told);
      if (told.refused !== undefined) continue;
      const still = members.filter(({ target }) => streaks.has(target.arn));
      open.push(...still);
      const key = scopeKey(scope);
      if (mode !== 'after') judged.set(key, (judged.get(key) ?? 0) + members.length - still.length);
    }
    if (isMoot()) return undefined;
    if (report.scopes.some(({ refused }) => refused !== undefined)) void tellBatch(this.state);
    const nextAt = hasRead ? now() + this.spec.health.interval : memory.nextAt;
    const next = { streaks, judged, paces: report.paces, ...(nextAt !== undefined && { nextAt }) };
    return { unhealthy, memory: next, open };
  }

  /** What a later reading doesn't say stands as it was read before. */
  #keep(arn: string, codes: readonly (number | null)[]): void {
    const earlier = this.#codes.get(arn) ?? [];
    this.#codes.set(
      arn,
      codes.map((code, index) => code ?? earlier[index] ?? null),
    );
  }

  #isAccepted({ target }: Watched): boolean {
    return !this.state.isRefused(scopeOf(target.arn).account);
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

type ScopeMembers = readonly [Scope, readonly Watched[]];

function byScope(members: readonly Watched[]): ScopeMembers[] {
  const scopes = new Map<ScopeKey, readonly [Scope, Watched[]]>();
  for (const member of members) {
    const scope = scopeOf(member.target.arn);
    const entry = scopes.get(scopeKey(scope)) ?? ([scope, []] as const);
    entry[1].push(member);
    scopes.set(scopeKey(scope), entry);
  }
  return [...scopes.values()];
}
