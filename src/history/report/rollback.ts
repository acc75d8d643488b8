import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { lowersTokens, restoreOptions } from '../../rollout/options.js';
import { selectEntries } from '../../rollout/rollback.js';
import { scopesOf } from '../../rollout/scope.js';
import {
  asConfirmed,
  recordsOf,
  targetSchema,
  type UndoEntry,
  undoEntrySchema,
  undoLog,
  undoPlan,
  unpackUndoRecord,
} from '../../rollout/undo.js';
import { instantSchema, readPayload } from '../events.js';
import { NOTIFY, READ_BATCH, READ_ROLLOUT } from '../names.js';
import { batchesOf, type Chain, distinct } from '../rollout-record.js';
import { type ActivityRecord, readActivities } from './activities.js';
import type { FactsByArn } from './batch-facts.js';
import { readBatches } from './batches.js';
import { readHolds } from './holds.js';
import { placeOf, restoreOf, sortRows } from './instances.js';
import type { Report, ReportInstance, ReportOutcome } from './report.js';
import { countAll, countStages, finish, placeCounts } from './report-parts.js';
import { joinStatuses, readMessages } from './run-events.js';
import { endOf, readRun, readVersions } from './run-facts.js';

const READ: ReadonlySet<string> = new Set([READ_BATCH, READ_ROLLOUT, NOTIFY]);

const inputSchema = z.object({
  rollouts: z.array(z.object({ workflowId: z.string(), runId: z.string().exactOptional() })).default([]),
  only: z.array(z.string()).exactOptional(),
  keepTokens: z.boolean().exactOptional(),
  upload: z
    .object({
      file: z.object({ rollout: z.object({ workflowId: z.string(), name: z.string().exactOptional() }) }),
      allowEdited: z.boolean().exactOptional(),
    })
    .exactOptional(),
});
const recordFields = z.object({
  at: instantSchema,
  stage: z.string(),
  changed: z.array(targetSchema),
  restored: z.array(z.string()),
});
const recordsSchema = z.array(recordFields.extend({ confirmed: z.array(z.string()) }));
const packedRecordsSchema = z.array(recordFields.extend({ confirmed: z.array(z.int()) }));
const readBatchSchema = z.object({ rollout: z.string() });
const rolloutSchema = z.object({ name: z.string().exactOptional(), restored: recordsSchema });
const partSchema = z.object({ index: z.int(), entries: z.array(undoEntrySchema) });

/** @param outcome - how it ended, once it has; @param version - of this package */
export async function reportRollback(
  client: Client,
  chain: Chain,
  outcome: ReportOutcome | undefined,
  version: string,
): Promise<Report> {
  const latest = chain.runs.find(({ runId }) => runId === chain.last.runId) ?? chain.runs[0];
  const [started] = latest.events;
  const argument = await readPayload(client, started?.workflowExecutionStartedEventAttributes?.input);
  const input = inputSchema.safeParse(argument).data;
  const activities = await readActivities(client, latest.events, READ);
  const wanted = { entries: await readEntries(client, chain.workflowId, latest.events, activities) };
  const chosen = selectEntries(wanted.entries, input?.only);
  const entries = 'entries' in chosen ? chosen.entries : [];
  const batches = await readBatches(client, chain.workflowId, distinct(chain.runs.flatMap(batchesOf)), chain.runs);
  const run = await readRun(client, chain);
  const instances = sortRows(
    entries.map((entry) => rowOf(entry, batches.facts, run.endedAt === null, outcome, input?.keepTokens ?? false)),
  );
  const { messages, statuses } = await readMessages(client, chain.runs);
  const { log, waits } = joinStatuses(statuses, activities);
  const plan = undoPlan(entries);
  const scopes = scopesOf(entries.map(({ target }) => target.arn)).map(({ account, region }) => ({
    account,
    region,
    state: 'scanned' as const,
    why: null,
    found: entries.filter(({ target }) => target.arn.includes(`:${region}:${account}:`)).length,
    caller: null,
  }));
  const result = outcome?.result;
  const uploaded = input?.upload?.file.rollout;
  const read = activities.flatMap(({ type, end }) =>
    type === READ_ROLLOUT ? (rolloutSchema.safeParse(end?.result).data?.name ?? []) : [],
  );
  return finish({
    kind: 'rollback',
    rollout: {
      ...run,
      name: uploaded?.name ?? uploaded?.workflowId ?? (read.join(', ') || null),
      takesBack: (input?.rollouts ?? []).map(({ workflowId, runId = null }) => ({ workflowId, runId })),
    },
    ended: endOf(run.status, result?.ended),
    reason: result?.reason ?? (outcome?.status === 'failed' ? outcome.message : null),
    ...(outcome !== undefined && { outcome }),
    versions: await readVersions(client, chain, version, undefined),
    spec: null,
    bounds: input?.only === undefined ? {} : { only: input.only },
    planHash: result?.planHash ?? null,
    scopes: placeCounts(scopes, instances),
    counts: countAll(instances),
    coverage: null,
    stages: countStages(plan, instances, new Map()),
    holds: readHolds({
      timers: [],
      messages,
      waits,
      activities,
      stages: [],
      ...(run.endedAt !== null && { endedAt: Date.parse(run.endedAt) }),
    }),
    messages,
    events: log,
    waivers: [],
    allowed: [],
    instances,
    warnings:
      input?.upload?.allowEdited === true
        ? ['The undo file was uploaded with allowEdited: an edit since it was written was accepted.']
        : [],
    gaps: [
      ...('refusal' in chosen ? [chosen.refusal] : []),
      ...(batches.gone.length > 0
        ? ['The history of a batch is gone: request IDs and times are not known any more.']
        : []),
    ],
  });
}

/** What it was to take back: as it has read it from histories, or as it was uploaded. */
async function readEntries(
  client: Client,
  workflowId: string,
  events: Chain['runs'][0]['events'],
  activities: readonly ActivityRecord[],
): Promise<readonly UndoEntry[]> {
  const records = activities.flatMap(({ type, input, end }) => {
    if (type === READ_BATCH) {
      const read = (packedRecordsSchema.safeParse(end?.result).data ?? []).map(unpackUndoRecord);
      return readBatchSchema.safeParse(input).data?.rollout === workflowId ? asConfirmed(read) : read;
    }
    if (type === READ_ROLLOUT) return rolloutSchema.safeParse(end?.result).data?.restored ?? [];
    return [];
  });
  const parts = new Map<number, readonly UndoEntry[]>();
  for (const event of events) {
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (update?.name !== 'addTargets') continue;
    const part = partSchema.safeParse(await readPayload(client, update.args)).data;
    if (part !== undefined) parts.set(part.index, part.entries);
  }
  const uploaded = [...parts].toSorted(([a], [b]) => a - b).flatMap(([, entries]) => entries);
  return undoLog([...records, ...recordsOf(uploaded)]);
}

function rowOf(
  { stage, target }: UndoEntry,
  facts: FactsByArn,
  isOpen: boolean,
  outcome: ReportOutcome | undefined,
  keepTokens: boolean,
): ReportInstance {
  const known = facts.get(target.arn);
  const keeps = known?.keepTokens ?? keepTokens;
  const wanted = restoreOptions(target.before, target.desired, keeps);
  const result = known?.restore?.result;
  const isBack = result?.outcome.kind === 'restored';
  const begun = known?.restore?.isOpen === true ? (isOpen ? 'in flight' : 'may be changed') : 'not started';
  const said = outcome?.result?.exceptions.find(({ arn }) => arn === target.arn);
  const restore = restoreOf(known?.restore, undefined);
  return {
    ...placeOf(target),
    stage,
    before: { ...target.before, ...target.desired },
    wanted,
    after: isBack ? { ...target.before, ...wanted } : null,
    outcome: result?.outcome.kind ?? begun,
    reason: result?.detail ?? (result === undefined ? null : said?.reason || null),
    settledAt: restore?.settledAt ?? null,
    update: restore && { requestId: restore.requestId, sentAt: restore.sentAt },
    restore: null,
    downgraded:
      isBack && (result?.downgraded === true || (restore?.sentAt !== null && lowersTokens(target.desired, wanted))),
    tokenless: null,
    health: null,
  };
}
