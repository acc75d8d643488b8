import { BLIND_AFTER, type Streak, type WatchInput, type WatchReport } from '../../src/rollout/health.js';
import { isCompliant } from '../../src/rollout/options.js';
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

  /** Whether it would end by itself, once nobody wants it to see anything more. */
  get isIdle(): boolean {
    return this.input.mode === 'after' && this.#blind.length === 0;
  }

  /** @returns undefined where there is nothing to report yet */
  turn(isCancelled: boolean): End | undefined {
    const { mode } = this.input;
    const blind = new Set(this.#blind);
    const report: Record<'unhealthy' | 'blind' | 'recovered', string[]> = { unhealthy: [], blind: [], recovered: [] };
    for (const { id, arn } of this.#seen) {
      const what = this.tape.pick([88, 'well'], [6, 'ill'], [6, 'unread']);
      if (what === 'ill') {
        report.unhealthy.push(id);
        if (mode !== 'before') this.condemned.push(arn);
      }
      if (what === 'unread' && !blind.has(id)) report.blind.push(id);
      if (what !== 'unread' && blind.has(id)) report.recovered.push(id);
    }
    const news = report.unhealthy.length + report.blind.length + report.recovered.length;
    if (mode === 'after' && news === 0 && !isCancelled) return undefined;
    return { how: 'completed', value: this.#report(report, blind) };
  }

  #report(
    { unhealthy, blind, recovered }: Record<'unhealthy' | 'blind' | 'recovered', string[]>,
    was: ReadonlySet<string>,
  ): WatchReport {
    const out = new Set([...recovered, ...unhealthy]);
    const still = [...was, ...blind].filter((id) => !out.has(id));
    return {
      unhealthy: unhealthy.map((id) => ({ id, reason: 'status check fails' })),
      blind,
      recovered,
      observer: false,
      ...(blind.length > 0 && { blindReason: 'no answer' }),
      memory: { streaks: Object.fromEntries(still.map((id) => [id, BLIND])) },
    };
  }

  get #blind(): string[] {
    const listed = new Set(this.#listed.map(({ id }) => id));
    return Object.keys(this.input.memory.streaks).filter((id) => listed.has(id));
  }

  /** Before a change all of them; after it those that stand changed. */
  get #seen(): Named[] {
    const { groups, mode } = this.input;
    const changed = new Set(
      groups.flatMap(({ ids, desired }) =>
        ids.filter((id) => isCompliant(this.fleet.get(this.#arnOf(id))?.options ?? {}, desired)),
      ),
    );
    return this.#listed.filter(({ id }) => mode === 'before' || changed.has(id) || this.#blind.includes(id));
  }

  get #listed(): Named[] {
    return this.input.groups.flatMap(({ ids }) => ids.map((id) => ({ id, arn: this.#arnOf(id) })));
  }

  #arnOf(id: string): string {
    const { account, region } = this.input.scope;
    return `arn:aws:lightsail:${region}:${account}:${id}`;
  }
}
