import { z } from 'zod';
import { scopeOf } from '../../rollout/scope.js';
import { watchId } from '../../rollout/watch-groups.js';
import { WATCH } from '../names.js';
import type { ActivityRecord } from './activities.js';
import type { HealthWord, ReportHealth } from './report.js';

const inputSchema = z.object({
  mode: z.enum(['before', 'after', 'settle']),
  scopes: z.array(
    z.object({
      scope: z.object({ account: z.string(), region: z.string() }),
      groups: z.array(z.object({ ids: z.array(z.string()) })),
    }),
  ),
});
const reportSchema = z.object({
  scopes: z.array(
    z.object({
      unhealthy: z.array(z.object({ id: z.string(), reason: z.string() })),
      blind: z.array(z.string()),
      blindReason: z.string().exactOptional(),
      streaks: z.record(z.string(), z.looseObject({})),
      refused: z.looseObject({}).exactOptional(),
    }),
  ),
});

type WatchedScope = z.output<typeof inputSchema>['scopes'][number];
type ScopeReport = z.output<typeof reportSchema>['scopes'][number];

export interface HealthFacts extends ReportHealth {
  /** When the last round began that found it well after its change, in milliseconds since the epoch. */
  readonly wellAt?: number;
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

  /**
   * The same for a reader. A watch begins with the batch, before the instance is changed: what it has read until then
   * says nothing of the change.
   *
   * @param settledAt - when its change was known to be there, in milliseconds since the epoch; missing: nobody knows
   */
  tell(arn: string, wrote: boolean, settledAt: number | undefined): ReportHealth | null {
    const facts = this.of(arn);
    if (facts === undefined) return null;
    const { before, after, reason, wellAt = 0 } = facts;
    const isWell = after === 'pass' && wellAt >= (settledAt ?? Number.POSITIVE_INFINITY);
    const since = after === 'pass' && !isWell ? 'watched' : after;
    return { before, after: wrote || since === 'fail' ? since : null, reason };
  }

  #add({ input, end }: ActivityRecord): void {
    const watch = inputSchema.safeParse(input).data;
    const report = reportSchema.safeParse(end?.result).data;
    for (const [index, scope] of watch?.scopes.entries() ?? []) {
      this.#addScope(watch?.mode === 'before' ? 'before' : 'after', scope, report?.scopes[index], end);
    }
  }

  #addScope(
    side: 'before' | 'after',
    { scope, groups }: WatchedScope,
    report: ScopeReport | undefined,
    end: ActivityRecord['end'],
  ): void {
    const unhealthy = new Map(report?.unhealthy.map(({ id, reason }) => [id, reason]));
    const blind = new Set(report?.blind);
    // A watch that was ended between two rounds says nothing; one that reports has read all of them in its last attempt.
    const roundAt = report === undefined || report.refused !== undefined ? undefined : end?.startedAt;
    for (const id of groups.flatMap(({ ids }) => ids)) {
      const key = `${scope.account}/${scope.region}/${id}`;
      const facts = this.#byId.get(key) ?? { before: null, after: null, reason: null, failedBefore: false };
      const reason = unhealthy.get(id);
      // One that is in a row of bad readings, or was never read, isn't well.
      const isWell = roundAt !== undefined && report?.streaks[id] === undefined;
      facts[side] = worse(facts[side], wordOf(reason, blind.has(id), isWell));
      if (side === 'after' && isWell) facts.wellAt = roundAt;
      if (reason !== undefined) {
        facts.reason = reason;
        facts.failedBefore = side === 'before';
        if (end !== undefined) facts.failedAt = end.at;
      } else if (blind.has(id)) facts.reason ??= report?.blindReason ?? null;
      this.#byId.set(key, facts);
    }
  }
}

function wordOf(reason: string | undefined, isBlind: boolean, isWell: boolean): HealthWord {
  if (reason !== undefined) return 'fail';
  if (isBlind) return 'unread';
  return isWell ? 'pass' : 'watched';
}

const ORDER: readonly HealthWord[] = ['watched', 'pass', 'unread', 'fail'];

/** A watch is begun anew whenever there is something to tell: what one has said stands. */
function worse(known: HealthWord | null, word: HealthWord): HealthWord {
  return known === null || ORDER.indexOf(word) > ORDER.indexOf(known) ? word : known;
}
