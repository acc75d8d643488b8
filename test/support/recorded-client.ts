import type { Client } from '@temporalio/client';
import { defaultDataConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { ReportOutcome } from '../../src/client/index.js';
import { readRecorded } from '../replay/corpus.js';

/** A client whose server has the recorded histories of one run and of some of its children, and nothing else. */
export async function recordedClient(
  name: string,
  children: readonly string[] = [],
): Promise<{ client: Client; ref: { workflowId: string }; outcome: ReportOutcome }> {
  const [own, ...others] = await Promise.all([name, ...children].map(readHistory));
  if (own === undefined) throw new Error(`there is no recorded ${name}`);
  const all = new Map([own, ...others].map((each) => [each.workflowId, each]));
  const handle = (workflowId: string) => {
    const found = all.get(workflowId);
    return {
      describe: async () => {
        if (found === undefined) throw await notFound(workflowId);
        return found.description;
      },
      fetchHistory: async () => {
        if (found === undefined) throw await notFound(workflowId);
        return found.history;
      },
    };
  };
  const client = {
    options: { namespace: 'recorded', loadedDataConverter: defaultDataConverter },
    workflow: { getHandle: handle, list: () => [] },
    workflowService: { getSystemInfo: () => Promise.reject(new Error('nobody is there')) },
  };
  const failure = own.history.events?.at(-1)?.workflowExecutionFailedEventAttributes?.failure;
  const outcome: ReportOutcome = {
    status: 'failed',
    type: failure?.applicationFailureInfo?.type ?? '',
    message: failure?.message ?? '',
  };
  // Only what reading histories takes of it is there.
  return { client: client as unknown as Client, ref: { workflowId: own.workflowId }, outcome };
}

async function notFound(workflowId: string): Promise<Error> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  return new WorkflowNotFoundError('there is no such workflow', workflowId, undefined);
}

async function readHistory(name: string) {
  const { workflowId, history: recorded } = await readRecorded(name);
  const history = historyFromJSON(recorded);
  const [first] = history.events ?? [];
  const last = history.events?.at(-1);
  const runId = first?.workflowExecutionStartedEventAttributes?.originalExecutionRunId ?? '';
  const time = (event: typeof first) => new Date(Number(event?.eventTime?.seconds ?? 0) * 1_000);
  const status = last?.workflowExecutionFailedEventAttributes ? 'FAILED' : 'COMPLETED';
  const description = {
    type: first?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '',
    runId,
    taskQueue: 'recorded',
    status: { name: status },
    startTime: time(first),
    closeTime: time(last),
    raw: { workflowExecutionInfo: { firstRunId: runId } },
  };
  return { workflowId, history, description };
}
