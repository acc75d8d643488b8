import { z } from 'zod';
import { scopeOf } from '../../rollout/scope.js';
import { watchId } from '../../rollout/watch-groups.js';
import { WATCH } from '../names.js';
import type { ActivityRecord } from './activities.js';
import type { HealthWord, ReportHealth } from './report.js';

const inputSchema = z.object({
  scope: z.object({ account: z.string(), region: z.string() }),
  mode: z.enum(['before', 'after', 'settle']),
  groups: z.array(z.object({ ids: z.array(z.string()) })),
});
const reportSchema = z.object({
  unhealthy: z.array(z.object({ id: z.string(), reason: z.string() })),
  blind: z.array(z.string()),
  blindReason: z.string().exactOptional(),
  recovered: z.array(z.string()),
});

export interface HealthFacts extends ReportHealth {
  /** When it was told to be unhealthy, in milliseconds since the epoch. */
  readonly failedAt?: number;
  /** Unhealthy before its change. */
  readonly failedBefore: boolean;
}

/** What the watches of a run have told, for one instance. */
export class HealthBook {
  readonly #byId = new Map<string, { -readonly [Key in keyof HealthFacts]: HealthFacts[Key] }>();

  constructor(activities: readonly ActivityRecord[]) {
    for (const activity of activities) if (activity.type === WATCH) this.#add(activity);
  }

  of(arn: string): HealthFacts | undefined {
    const { account, region } = scopeOf(arn);
    return this.#byId.get(`${account}/${region}/${watchId(arn)}`);
  }

  #add({ input, end }: ActivityRecord): void {
    const watch = inputSchema.safeParse(input).data;
    if (watch === undefined) return;
    const report = reportSchema.safeParse(end?.result).data;
    const side = watch.mode === 'before' ? 'before' : 'after';
    const unhealthy = new Map(report?.unhealthy.map(({ id, reason }) => [id, reason]));
    const blind = new Set(report?.blind);
    for (const id of watch.groups.flatMap(({ ids }) => ids)) {
      const key = `${watch.scope.account}/${watch.scope.region}/${id}`;
      const facts = this.#byId.get(key) ?? { before: null, after: null, reason: null, failedBefore: false };
      const reason = unhealthy.get(id);
      facts[side] = worse(facts[side], wordOf(reason, blind.has(id), report !== undefined));
      if (reason !== undefined) {
        facts.reason = reason;
        facts.failedBefore = side === 'before';
        if (end !== undefined) facts.failedAt = end.at;
      } else if (blind.has(id)) facts.reason ??= report?.blindReason ?? null;
      this.#byId.set(key, facts);
    }
  }
}

function wordOf(reason: string | undefined, isBlind: boolean, isTold: boolean): HealthWord {
  if (reason !== undefined) return 'fail';
  if (isBlind) return 'unread';
  return isTold ? 'pass' : 'watched';
}

const ORDER: readonly HealthWord[] = ['watched', 'pass', 'unread', 'fail'];

/** A watch is begun anew whenever there is something to tell: what one has said stands. */
function worse(known: HealthWord | null, word: HealthWord): HealthWord {
  return known === null || ORDER.indexOf(word) > ORDER.indexOf(known) ? word : known;
}
