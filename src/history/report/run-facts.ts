import type { Client } from '@temporalio/client';
import { type HistoryEvent, readPayload, timeOf } from '../events.js';
import type { Chain } from '../rollout-record.js';
import type { ReportEnd, ReportRun, ReportVersions } from './report.js';

/** What the server says of a run and of itself. */
export async function readRun(client: Client, { workflowId, last, runs }: Chain): Promise<Omit<ReportRun, 'name'>> {
  const [started] = runs[0].events;
  return {
    workflowId,
    runId: last.runId,
    earlierRuns: runs.map(({ runId }) => runId).filter((runId) => runId !== last.runId),
    status: last.status.name,
    namespace: client.options.namespace,
    taskQueue: last.taskQueue,
    startedBy: started?.workflowExecutionStartedEventAttributes?.identity || null,
    startedAt: new Date(started === undefined ? last.startTime : timeOf(started)).toISOString(),
    endedAt: last.closeTime?.toISOString() ?? null,
  };
}

/** @param worker - what the worker said of itself */
export async function readVersions(
  client: Client,
  { runs }: Chain,
  own: string,
  worker: string | undefined,
): Promise<ReportVersions> {
  const builds = new Set<string>();
  let sdk: string | null = null;
  for (const event of runs.flatMap(({ events }) => events)) {
    const completed = event.workflowTaskCompletedEventAttributes;
    const build = completed?.deploymentVersion?.buildId || completed?.workerVersion?.buildId;
    if (build) builds.add(build);
    const { sdkName, sdkVersion } = completed?.sdkMetadata ?? {};
    if (sdkVersion) sdk = `${sdkName || 'temporal'} ${sdkVersion}`;
  }
  return {
    report: own,
    worker: worker ?? null,
    temporalSdk: sdk,
    temporalServer: await serverVersion(client),
    workerBuilds: [...builds],
  };
}

async function serverVersion(client: Client): Promise<string | null> {
  try {
    return (await client.workflowService.getSystemInfo({})).serverVersion || null;
  } catch {
    // Not every server says.
    return null;
  }
}

/** When a plan was made, by the memo that is set then: the IDs of the events; and the last hash. */
export async function readPlanMarks(
  client: Client,
  events: readonly HistoryEvent[],
): Promise<{ readonly marks: readonly number[]; readonly hash: string | null }> {
  const marks: number[] = [];
  let hash: string | null = null;
  for (const event of events) {
    const payload = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.planHash;
    if (!payload) continue;
    const value = await readPayload(client, { payloads: [payload] });
    if (typeof value !== 'string') continue;
    hash = value;
    marks.push(Number(event.eventId));
  }
  return { marks, hash };
}

const ENDS: ReadonlyMap<string, ReportEnd> = new Map([
  ['RUNNING', 'running'],
  ['CANCELLED', 'cancelled'],
  ['TERMINATED', 'terminated'],
  ['TIMED_OUT', 'timed-out'],
]);

/** @param ended - what the result says */
export function endOf(status: string, ended: ReportEnd | undefined): ReportEnd {
  return ended ?? ENDS.get(status) ?? (status === 'COMPLETED' ? 'completed' : 'failed');
}
