import type { Client } from '@temporalio/client';
import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { ReportOutcome, RolloutResult } from '../../src/client/index.js';
import { timeOf } from '../../src/history/events.js';
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
  const outcome = outcomeOf(own.history);
  // Only what reading histories takes of it is there.
  return { client: client as unknown as Client, ref: { workflowId: own.workflowId }, outcome };
}

type History = ReturnType<typeof historyFromJSON>;

function outcomeOf({ events }: History): ReportOutcome {
  const last = events?.at(-1);
  const failure = last?.workflowExecutionFailedEventAttributes?.failure;
  const info = failure?.applicationFailureInfo;
  const [payload] = last?.workflowExecutionCompletedEventAttributes?.result?.payloads ?? info?.details?.payloads ?? [];
  const result = payload && defaultPayloadConverter.fromPayload<RolloutResult>(payload);
  if (!failure && result) return { status: 'completed', result };
  return {
    status: 'failed',
    type: info?.type ?? '',
    message: failure?.message ?? '',
    ...(result && { result }),
  };
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
  const time = (event: typeof first) => new Date(event === undefined ? 0 : timeOf(event));
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
