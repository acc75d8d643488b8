import { z } from 'zod';
import type { HoldReason, Waiting } from '../../rollout/status.js';
import { instantSchema } from '../events.js';
import { READ_CALENDAR } from '../names.js';
import type { ActivityRecord } from './activities.js';
import type { ReportHold } from './report.js';
import type { MessageFacts, TimerFacts } from './run-events.js';

export interface HoldSources {
  readonly timers: readonly TimerFacts[];
  readonly messages: readonly MessageFacts[];
  readonly waits: readonly Waiting[];
  readonly activities: readonly ActivityRecord[];
  /** Names, in their order, each with when its first batch was started; milliseconds since the epoch. */
  readonly stages: readonly { readonly name: string; readonly startedAt?: number }[];
  /** Milliseconds since the epoch; missing: the run is open. */
  readonly endedAt?: number;
}

interface Draft {
  readonly for: HoldReason;
  readonly stage: string | null;
  readonly since: number;
  /** Missing: it lasts for as long as the run; null: nobody knows. */
  until?: number | null;
  readonly reason: string | null;
}

/** Every time in which a run waited, from its timers, its messages, what its calendar said and what its statuses showed. */
export function readHolds(sources: HoldSources): ReportHold[] {
  const { endedAt = Number.POSITIVE_INFINITY } = sources;
  const drafts = [...timed(sources), ...paused(sources), ...closed(sources)];
  // What the statuses show beside: an approval without a time limit, missing readings, a stage that proved nothing, a lease.
  for (const wait of sources.waits) {
    const since = Date.parse(wait.since);
    const isKnown = drafts.some((draft) => draft.for === wait.for && Math.abs(draft.since - since) < SAME);
    if (!isKnown) drafts.push(shown(wait, since, sources));
  }
  return drafts
    .filter(({ since, until }) => since < endedAt && (until ?? Number.POSITIVE_INFINITY) > since)
    .toSorted((a, b) => a.since - b.since)
    .map(({ since, until = Number.POSITIVE_INFINITY, ...hold }) => {
      const end = until === null ? Number.POSITIVE_INFINITY : Math.min(until, endedAt);
      return {
        ...hold,
        since: new Date(since).toISOString(),
        until: end === Number.POSITIVE_INFINITY ? null : new Date(end).toISOString(),
      };
    });
}

/** A hold is shown when its timer starts, within so many milliseconds. */
const SAME = 2_000;

const TIMER = /^(bake|approval)\b(?: of)? (.+)$/;

/** Timers carry what they are for in their summary. */
function timed({ timers, stages }: HoldSources): Draft[] {
  return timers.flatMap(({ summary, since, until }) => {
    const [, kind, rest = ''] = TIMER.exec(summary) ?? [];
    if (kind !== 'bake' && kind !== 'approval') return [];
    const stage = stages.find(({ name }) => rest === name || rest.startsWith(`${name} `))?.name ?? rest;
    return [{ for: kind, stage, since, reason: null, ...(until !== undefined && { until }) }];
  });
}

function paused({ messages }: HoldSources): Draft[] {
  const drafts: Draft[] = [];
  let open: Draft | undefined;
  for (const { message, at, by, reason, answered } of messages) {
    if (answered === 'refused') continue;
    const time = Date.parse(at);
    if (message === 'pause' && open === undefined) {
      open = { for: 'paused', stage: null, since: time, reason: [by, reason].filter(Boolean).join(': ') || null };
      drafts.push(open);
    } else if (open !== undefined && ENDS_PAUSE.has(message)) {
      open.until = time;
      open = undefined;
    }
  }
  return drafts;
}

const ENDS_PAUSE: ReadonlySet<string> = new Set(['resume', 'abort', 'reject', 'cancel', 'terminate']);

const calendarSchema = z.object({
  open: z.literal(false),
  for: z.enum(['window', 'freeze']),
  until: instantSchema,
  reason: z.string().exactOptional(),
});

/** While it was closed, as the calendar said when it was asked. */
function closed({ activities }: HoldSources): Draft[] {
  const drafts: Draft[] = [];
  for (const { type, end } of activities) {
    const reading = type === READ_CALENDAR ? calendarSchema.safeParse(end?.result).data : undefined;
    if (reading === undefined || end === undefined) continue;
    const { for: kind, until, reason = null } = reading;
    const last = drafts.at(-1);
    if (last?.for === kind && last.until === until) continue;
    drafts.push({ for: kind, stage: null, since: end.at, until, reason });
  }
  return drafts;
}

/** It ends by the message that lets it go on, or when the next stage starts; where neither came, nobody knows. */
function shown(wait: Waiting, since: number, { messages, stages }: HoldSources): Draft {
  const passed = messages.find(({ message, at }) => LETS_PASS.has(message) && Date.parse(at) >= since);
  const next = stages.flatMap(({ startedAt }) => (startedAt !== undefined && startedAt > since ? [startedAt] : []));
  const until = Math.min(
    ...next,
    passed === undefined ? Number.POSITIVE_INFINITY : Date.parse(passed.at),
    wait.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(wait.until),
  );
  const stage = stages.find(({ name }) => wait.reason?.startsWith(`stage ${name}`))?.name ?? null;
  return { for: wait.for, stage, since, reason: wait.reason ?? null, until: Number.isFinite(until) ? until : null };
}

const LETS_PASS: ReadonlySet<string> = new Set([
  'approve',
  'reject',
  'skipBake',
  'abort',
  'cancel',
  'terminate',
  'resume',
]);
