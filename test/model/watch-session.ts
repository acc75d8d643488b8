import {
  BLIND_AFTER,
  type ScopeReport,
  type Streak,
  type WatchedScope,
  type WatchInput,
} from '../../src/rollout/health.js';
import { isCompliant } from '../../src/rollout/options.js';
import { NOTHING_TOLD } from '../../src/rollout/watch-pace.js';
import type { Tape } from './tape.js';
import type { End } from './temporal-protocol.js';
import type { TinyFleet } from './tiny-fleet.js';

const BLIND: Streak = { fails: 0, blind: BLIND_AFTER };

interface Named {
  readonly id: string;
  readonly arn: string;
}

/** A watch that sees what is drawn: instances that fail, that can't be read, and that are read again. */
export class WatchSession {
  /** Instances that it has called unhealthy, by ARN. */
  readonly condemned: string[] = [];

  constructor(
    private readonly input: WatchInput,
    private readonly fleet: TinyFleet,
    private readonly tape: Tape,
  ) {}

  /** Whether nothing would come of it, once nobody wants it to see anything more. */
  get isIdle(): boolean {
    return this.input.mode === 'after' && this.input.scopes.every((scope) => blindIn(scope).length === 0);
  }

  /** One round. @returns undefined where there is nothing to report yet */
  turn(isCancelled: boolean): End | undefined {
    // Between two attempts the server ends it at once.
    if (isCancelled && this.tape.chance(30)) return { how: 'cancelled' };
    const scopes = this.input.scopes.map((scope) => this.#read(scope));
    const news = scopes.flatMap(({ unhealthy, blind, recovered }) => [...unhealthy, ...blind, ...recovered]);
    if (this.input.mode === 'after' && news.length === 0) {
      return isCancelled ? { how: 'failed', type: 'WatchGoesOn', message: 'all are well' } : undefined;
    }
    return { how: 'completed', value: { scopes, paces: NOTHING_TOLD } };
  }

  #read(scope: WatchedScope): ScopeReport {
    const was = new Set(blindIn(scope));
    const report: Record<'unhealthy' | 'blind' | 'recovered', string[]> = { unhealthy: [], blind: [], recovered: [] };
    for (const { id, arn } of this.#seen(scope)) {
      const what = this.tape.pick([88, 'well'], [6, 'ill'], [6, 'unread']);
      if (what === 'ill') {
        report.unhealthy.push(id);
        if (this.input.mode !== 'before') this.condemned.push(arn);
      }
      if (what === 'unread' && !was.has(id)) report.blind.push(id);
      if (what !== 'unread' && was.has(id)) report.recovered.push(id);
    }
    const { unhealthy, blind, recovered } = report;
    const out = new Set([...recovered, ...unhealthy]);
    const still = [...was, ...blind].filter((id) => !out.has(id));
    return {
      unhealthy: unhealthy.map((id) => ({ id, reason: 'status check fails' })),
      blind,
      recovered,
      observer: false,
      ...(blind.length > 0 && { blindReason: 'no answer' }),
      streaks: Object.fromEntries(still.map((id) => [id, BLIND])),
    };
  }

  /** Before a change all of them; after it those that stand changed. */
  #seen(scope: WatchedScope): Named[] {
    const { account, region } = scope.scope;
    const blind = new Set(blindIn(scope));
    return scope.groups.flatMap(({ ids, desired }) =>
      ids.flatMap((id): Named[] => {
        const arn = `arn:aws:lightsail:${region}:${account}:${id}`;
        const isChanged = isCompliant(this.fleet.get(arn)?.options ?? {}, desired);
        return this.input.mode === 'before' || isChanged || blind.has(id) ? [{ id, arn }] : [];
      }),
    );
  }
}

function blindIn({ groups, streaks }: WatchedScope): string[] {
  const listed = new Set(groups.flatMap(({ ids }) => ids));
  return Object.keys(streaks).filter((id) => listed.has(id));
}
