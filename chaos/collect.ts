import type { Client } from '@temporalio/client';
import type { ApplyInput } from '../src/activities/index.js';
import { collectReport, type RolloutHandle } from '../src/client/index.js';
import { type HistoryEvent, readPayload, timeOf } from '../src/history/events.js';
import { APPLY, RESTORE } from '../src/history/names.js';
import { describe } from '../src/history/runs.js';
import { findIn } from '../test/support/search-histories.js';
import type { Begun, LeaseRecord, RunRecord, WorkflowRecord } from './evidence.js';
import { SECRET_KEY } from './lane.js';
import { patiently, waitUntil } from './patience.js';

/** How the latest run of a workflow has ended; a run that is reset meanwhile is followed. */
export async function awaitEnd(client: Client, handle: RolloutHandle, deadline: number): Promise<RunRecord['outcome']> {
  const { workflowId } = handle;
  await waitUntil(
    `${workflowId} ends`,
    () => patiently(async () => (await describe(client, workflowId))?.closeTime !== undefined),
    deadline,
  );
  return patiently(() => handle.result());
}

export async function recordRun(
  client: Client,
  kind: RunRecord['kind'],
  handle: RolloutHandle,
  outcome: RunRecord['outcome'],
  calls: { readonly from: number; readonly to: number },
): Promise<RunRecord> {
  const { workflowId } = handle;
  return { kind, workflowId, outcome, report: await reportOf(client, workflowId), ...calls };
}

/** With what its batches have done since. */
export async function recordAgain(client: Client, run: RunRecord): Promise<RunRecord> {
  return { ...run, report: await reportOf(client, run.workflowId) };
}

function reportOf(client: Client, workflowId: string): Promise<RunRecord['report']> {
  return patiently(() => collectReport(client, { workflowId }));
}

/** The runs of all workflows whose IDs begin so. */
export async function recordWorkflows(client: Client, prefix: string): Promise<WorkflowRecord[]> {
  const records: WorkflowRecord[] = [];
  const query = `WorkflowId STARTS_WITH "${prefix}"`;
  for await (const { workflowId, runId, status } of client.workflow.list({ query })) {
    const { events = [] } = await patiently(() => client.workflow.getHandle(workflowId, runId).fetchHistory());
    records.push({
      workflowId,
      status: status.name,
      events: events?.length ?? 0,
      taskFailures: (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
        failed?.failure?.source === 'TypeScriptSDK' ? [failed.failure.message ?? ''] : [],
      ),
      holdsSecret: findIn(events, (text) => (text.includes(SECRET_KEY) ? text : undefined)) !== undefined,
      begun: await begunIn(client, events ?? []),
    });
  }
  return records;
}

const BEGIN: Partial<Record<string, Begun['what']>> = { [APPLY]: 'change', [RESTORE]: 'restore' };

/** An activity that only follows a change begins nothing. */
async function begunIn(client: Client, events: readonly HistoryEvent[]): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const what = BEGIN[scheduled?.activityType?.name ?? ''];
    if (what === undefined) continue;
    const input = await readPayload(client, scheduled?.input);
    if (!isTask(input)) throw new Error(`event ${event.eventId} begins nothing of a target`);
    if (input.followOnly !== true) begun.push({ what, arn: input.target.arn, at: timeOf(event) });
  }
  return begun;
}

function isTask(input: unknown): input is Pick<ApplyInput, 'target' | 'followOnly'> {
  return typeof input === 'object' && input !== null && 'target' in input;
}

export async function countOpen(client: Client, prefix: string): Promise<number> {
  const query = `WorkflowId STARTS_WITH "${prefix}" AND ExecutionStatus = "Running"`;
  return (await client.workflow.count(query)).count;
}

export async function recordLeases(client: Client, account: string, since: Date): Promise<LeaseRecord[]> {
  const records: LeaseRecord[] = [];
  const query = `WorkflowId STARTS_WITH "imds-rollout-lease:${account}:" AND StartTime >= "${since.toISOString()}"`;
  for await (const { workflowId, startTime, closeTime, memo } of client.workflow.list({ query })) {
    const holder: unknown = memo?.holder;
    records.push({
      region: workflowId.split(':')[2] ?? '',
      holder: typeof holder === 'object' && holder !== null && 'workflowId' in holder ? String(holder.workflowId) : '',
      from: startTime.getTime(),
      ...(closeTime !== undefined && { to: closeTime.getTime() }),
    });
  }
  return records;
}
