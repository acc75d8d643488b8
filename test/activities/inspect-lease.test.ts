import { type WorkflowExecutionStatusName, WorkflowNotFoundError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { lightsailImdsInspectLeases } from '../../src/activities/inspect-lease.js';
import { activityHere } from '../support/activity-here.js';

const LEASE = 'imds-lease/111122223333/us-east-1';
const HOLDER = { workflowId: 'imds-rollout-other', runId: 'run-1', chain: 'run-1' };

interface Known {
  readonly runId: string;
  readonly status: WorkflowExecutionStatusName;
  readonly memo?: Readonly<Record<string, unknown>>;
}

/** What an inspection says where the server has these workflows, by their IDs, and this happens when one is terminated. */
async function inspect(
  known: Readonly<Record<string, Known>>,
  onTerminate: () => Promise<void> = async () => undefined,
) {
  const terminated: string[] = [];
  const missing = (workflowId: string) =>
    Promise.reject(new WorkflowNotFoundError('no such workflow', workflowId, undefined));
  const getHandle = (workflowId: string) => ({
    describe: async () => {
      const found = known[workflowId];
      if (found === undefined) return missing(workflowId);
      return {
        ...found,
        workflowId,
        status: { name: found.status },
        closeTime: found.status === 'RUNNING' ? undefined : new Date(),
        raw: {},
      };
    },
    fetchHistory: () => missing(workflowId),
    terminate: async () => {
      await onTerminate();
      terminated.push(workflowId);
    },
  });
  const { run } = activityHere({ client: { workflow: { getHandle } } });
  const [says] = await run(() => lightsailImdsInspectLeases({ leaseIds: [LEASE] }));
  return { says, terminated };
}

const lease = (memo?: Known['memo']): Known => ({ runId: 'run-0', status: 'RUNNING', ...(memo && { memo }) });

describe('a lease whose holder has gone without a trace', () => {
  const known = { [LEASE]: lease({ holder: HOLDER }) };

  it('is ended, and is free', async () => {
    expect(await inspect(known)).toEqual({ says: { free: true }, terminated: [LEASE] });
  });

  it('is free too where somebody else has ended it a moment before', async () => {
    const gone = new WorkflowNotFoundError('workflow execution already completed', LEASE, undefined);
    const { says } = await inspect(known, () => Promise.reject(gone));
    expect(says).toEqual({ free: true });
  });

  it('is not called free where it can not be ended now', async () => {
    const unavailable = new Error('14 UNAVAILABLE');
    await expect(inspect(known, () => Promise.reject(unavailable))).rejects.toBe(unavailable);
  });
});

describe('a lease that somebody has started by hand', () => {
  it.each([
    ['without a memo', undefined],
    ['with a memo of their own', { holder: 'ops' }],
    ['with a holder that is not whole', { holder: { workflowId: 'x', runId: 'y' } }],
    ['with no holder', { holder: null }],
  ])('%s is held by itself for as long as it is open', async (_, memo) => {
    expect(await inspect({ [LEASE]: lease(memo) })).toEqual({
      says: { free: false, why: 'open', holder: { workflowId: LEASE, runId: 'run-0', chain: 'run-0' } },
      terminated: [],
    });
  });

  it('is free once it has ended', async () => {
    const { says, terminated } = await inspect({ [LEASE]: { ...lease(), status: 'TERMINATED' } });
    expect(says).toEqual({ free: true });
    expect(terminated).toEqual([]);
  });
});
