import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { malformed } from '../../rollout/message-members.js';
import type { LogEntry, Waiting } from '../../rollout/status.js';
import { type HistoryEvent, readPayload, timeOf } from '../events.js';
import { NOTIFY } from '../names.js';
import type { RunHistory } from '../runs.js';
import type { ActivityRecord } from './activities.js';
import type { ReportMessage } from './report.js';

/** A message, with the stage that was in turn when it was answered. */
export interface MessageFacts extends ReportMessage {
  readonly stage: string | null;
}

/** A timer of a run; times in milliseconds since the epoch. */
export interface TimerFacts {
  readonly summary: string;
  readonly since: number;
  /** Missing while it runs. */
  readonly until?: number;
}

/** What was seen of a run's status: in the answers of its messages, and in what it told others. */
export interface StatusFacts {
  readonly log: readonly LogEntry[];
  readonly waits: readonly Waiting[];
}

const HOLDS = [
  'bake',
  'approval',
  'window',
  'freeze',
  'paused',
  'health',
  'evidence',
  'credentials',
  'lease',
  'journal',
] as const;
const statusSchema = z.object({
  stage: z.string().exactOptional(),
  waiting: z
    .object({
      for: z.enum(HOLDS),
      since: z.string(),
      until: z.string().exactOptional(),
      reason: z.string().exactOptional(),
    })
    .nullable(),
  log: z.array(
    z.object({
      at: z.string(),
      event: z.string(),
      by: z.string().exactOptional(),
      reason: z.string().exactOptional(),
    }),
  ),
});
const notifySchema = z.object({ status: statusSchema });
const text = z.string().catch('');
const argumentSchema = z
  .object({
    by: text,
    reason: text,
    stage: text,
    mode: text,
    planHash: text,
    names: z.array(z.string()).catch([]),
    arns: z.array(z.string()).catch([]),
    count: z.boolean().catch(true),
  })
  .partial();

/** What people have told a run, in the order in which it came; what several runs of a reset have in common is told once. */
export async function readMessages(
  client: Client,
  runs: readonly RunHistory[],
): Promise<{ readonly messages: readonly MessageFacts[]; readonly statuses: readonly unknown[] }> {
  const messages = new Map<string, MessageFacts>();
  const statuses: unknown[] = [];
  for (const { events } of runs) {
    const ids = new Map<string, string>();
    for (const event of events) {
      const at = new Date(timeOf(event)).toISOString();
      const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
      const completed = event.workflowExecutionUpdateCompletedEventAttributes;
      if (accepted) {
        const { meta, input } = accepted.acceptedRequest ?? {};
        const message = input?.name ?? '';
        if (message === 'addTargets') continue;
        const key = `${meta?.updateId} ${at}`;
        ids.set(String(event.eventId), key);
        messages.set(key, {
          ...describeArgument(await readPayload(client, input?.args), message),
          at,
          message,
          identity: meta?.identity || null,
          stage: null,
          answered: null,
        });
      } else if (completed) {
        const key = ids.get(String(completed.acceptedEventId));
        const known = key === undefined ? undefined : messages.get(key);
        if (key === undefined || known === undefined) continue;
        const status = await readPayload(client, completed.outcome?.success);
        statuses.push(status);
        const { stage = null } = statusSchema.safeParse(status).data ?? {};
        messages.set(key, { ...known, stage, answered: completed.outcome?.failure ? 'refused' : 'taken' });
      } else if (event.workflowExecutionSignaledEventAttributes) {
        const told = await readSignal(client, event.workflowExecutionSignaledEventAttributes);
        if (told) messages.set(`${event.eventId} ${at}`, { ...told, at, stage: null });
      } else {
        const told = await readTemporalMessage(client, event);
        if (told) messages.set(`${told.message} ${at}`, { ...told, at, stage: null, answered: 'taken' });
      }
    }
  }
  return { messages: [...messages.values()].toSorted((a, b) => (a.at < b.at ? -1 : 1)), statuses };
}

/** `pause` and `abort` are taken as signals too; whether one had an effect isn't answered anywhere. */
async function readSignal(
  client: Client,
  signal: NonNullable<HistoryEvent['workflowExecutionSignaledEventAttributes']>,
): Promise<Omit<MessageFacts, 'at' | 'stage'> | undefined> {
  const { signalName: message, input, identity } = signal;
  if (message !== 'pause' && message !== 'abort') return undefined;
  const argument = await readPayload(client, input);
  const answered = malformed(message, argument) === undefined ? null : 'refused';
  return { ...describeArgument(argument, message), message, identity: identity || null, answered };
}

async function readTemporalMessage(
  client: Client,
  event: HistoryEvent,
): Promise<Omit<MessageFacts, 'at' | 'stage' | 'answered'> | undefined> {
  const { workflowExecutionCancelRequestedEventAttributes: cancel } = event;
  const { workflowExecutionTerminatedEventAttributes: terminate } = event;
  const reset = event.workflowTaskFailedEventAttributes;
  const from = { by: null, says: null };
  if (cancel) {
    return { ...from, message: 'cancel', reason: cancel.cause || null, identity: cancel.identity || null };
  }
  if (terminate) {
    const details = await readPayload(client, terminate.details);
    const reason = terminate.reason || (typeof details === 'string' ? details : '');
    return { ...from, message: 'terminate', reason: reason || null, identity: terminate.identity || null };
  }
  if (reset?.baseRunId) {
    const says = `made from run ${reset.baseRunId}`;
    return {
      ...from,
      says,
      message: 'reset',
      reason: reset.failure?.message || null,
      identity: reset.identity || null,
    };
  }
  return undefined;
}

function describeArgument(argument: unknown, message: string): Pick<ReportMessage, 'by' | 'reason' | 'says'> {
  const {
    by,
    reason,
    stage,
    mode,
    planHash,
    names = [],
    arns = [],
    count,
  } = argumentSchema.safeParse(argument).data ?? {};
  const says = [
    ...(stage ? [`stage ${stage}`] : []),
    ...(message === 'abort' ? [`mode ${mode || 'halt'}`] : []),
    ...(planHash ? [`plan ${planHash}`] : []),
    ...[...names, ...arns],
    ...(message === 'revert' && count === true ? ['counts as a failure'] : []),
  ];
  return { by: by || null, reason: reason || null, says: says.join(', ') || null };
}

/** The targets that a message `revert` names, and whether they count as failed. */
export async function readReverts(
  client: Client,
  runs: readonly RunHistory[],
): Promise<
  readonly {
    readonly at: number;
    readonly wanted: ReadonlySet<string>;
    readonly counts: boolean;
    readonly by: string;
    readonly reason: string;
  }[]
> {
  const reverts = [];
  for (const event of runs.flatMap(({ events }) => events)) {
    const input = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (input?.name !== 'revert') continue;
    const said = argumentSchema.safeParse(await readPayload(client, input.args)).data ?? {};
    const { names = [], arns = [], count = false, by = '', reason = '' } = said;
    reverts.push({ at: timeOf(event), wanted: new Set([...names, ...arns]), counts: count, by, reason });
  }
  return reverts;
}

/** Everything that the statuses say which a run has shown: each entry of its log once, oldest first. */
export function joinStatuses(shown: readonly unknown[], activities: readonly ActivityRecord[]): StatusFacts {
  const told = activities.flatMap(({ type, input }) =>
    type === NOTIFY ? (notifySchema.safeParse(input).data?.status ?? []) : [],
  );
  const statuses = [...shown.flatMap((status) => statusSchema.safeParse(status).data ?? []), ...told];
  const log = new Map<string, LogEntry>();
  const waits = new Map<string, Waiting>();
  for (const status of statuses) {
    for (const entry of status.log) log.set(JSON.stringify([entry.at, entry.event, entry.by, entry.reason]), entry);
    if (status.waiting) waits.set(`${status.waiting.for} ${status.waiting.since}`, status.waiting);
  }
  const byTime = <Entry>(entries: Iterable<Entry>, at: (entry: Entry) => string) =>
    [...entries].toSorted((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
  return { log: byTime(log.values(), ({ at }) => at), waits: byTime(waits.values(), ({ since }) => since) };
}

export async function readTimers(client: Client, events: readonly HistoryEvent[]): Promise<readonly TimerFacts[]> {
  const timers = new Map<string, { summary: string; since: number; until?: number }>();
  for (const event of events) {
    const { timerStartedEventAttributes: started } = event;
    if (started) {
      const { summary } = event.userMetadata ?? {};
      const said = summary ? await readPayload(client, { payloads: [summary] }) : '';
      timers.set(String(event.eventId), { summary: typeof said === 'string' ? said : '', since: timeOf(event) });
      continue;
    }
    const ended = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
    const timer = timers.get(String(ended?.startedEventId));
    if (timer !== undefined) timer.until = timeOf(event);
  }
  return [...timers.values()];
}
