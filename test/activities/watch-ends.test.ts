import { createServer } from 'node:http';
import { CompleteAsyncError } from '@temporalio/activity';
import { ActivityCancelledError, ActivityNotFoundError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { createWatch } from '../../src/activities/watch.js';
import type { HealthCheck, WatchInput } from '../../src/rollout/health.js';
import { watchId } from '../../src/rollout/watch-groups.js';
import { type ActivityHere, activityHere } from '../support/activity-here.js';
import { ARN, lightsailOf, shown } from '../support/fake-lightsail.js';
import { listen } from '../support/listen.js';
import { waitUntil } from '../support/wait.js';

const ID = watchId(ARN);
const STATUS: HealthCheck = { kind: 'status' };

/** Watches web-7, whose status checks say impaired. */
function watch(here: ActivityHere, changes: Partial<WatchInput> = {}, checks = [STATUS]) {
  const input: WatchInput = {
    rollout: 'imds-rollout-prod',
    scope: { account: '111122223333', region: 'us-east-1' },
    mode: 'after',
    interval: 600_000,
    failureThreshold: 2,
    groups: [{ stage: 'canary', desired: { httpTokens: 'required' }, checks, ids: [ID] }],
    memory: { streaks: {} },
    ...changes,
  };
  const instances = [shown({ instanceStatus: { status: 'impaired' } })];
  const lightsail = lightsailOf({ getInstances: async () => ({ $metadata: {}, instances }) });
  const activity = createWatch({ lightsail: () => lightsail, settings: { probes: { allowPrivate: true } } });
  return here.run(() => activity(input));
}

describe('a watch whose worker stops', () => {
  const counted = { streaks: { [ID]: { fails: 1, blind: 0 } } };

  /** The worker stops between two rounds, and the server takes the last heartbeat so. */
  async function stopped(acknowledge: () => Promise<void>) {
    const here = activityHere({ acknowledge });
    const ended = watch(here).then(
      (report) => ({ report }),
      (failure: unknown) => ({ failure }),
    );
    await waitUntil('a first round is counted', () => JSON.stringify(here.told.at(-1)).includes(ID));
    here.end({ workerShutdown: true });
    return { ...(await ended), told: here.told };
  }

  it('leaves what it has counted to the next attempt', async () => {
    const { told, ...ended } = await stopped(async () => undefined);
    expect(ended).toMatchObject({ failure: { type: 'AttemptEnded', nonRetryable: false } });
    expect(told.at(-1)).toMatchObject({ how: 'acknowledged', details: { memory: counted } });
  });

  it('does so too where the server does not answer: it has told of it in time', async () => {
    const { told, ...ended } = await stopped(() => Promise.reject(new Error('14 UNAVAILABLE')));
    expect(ended).toMatchObject({ failure: { type: 'AttemptEnded', nonRetryable: false } });
    expect(told.at(-1)).toMatchObject({ how: 'plain', details: { memory: counted } });
  });

  it('reports what it has counted where its rollout wants it to end just then', async () => {
    const ended = await stopped(() => Promise.reject(new ActivityCancelledError('another list')));
    expect(ended).toMatchObject({ report: { unhealthy: [], blind: [], memory: counted } });
  });

  it('answers nobody where its rollout has ended', async () => {
    const ended = await stopped(() => Promise.reject(new ActivityNotFoundError('no such activity')));
    expect(ended).toMatchObject({ failure: expect.any(CompleteAsyncError) });
  });
});

it('a code that was read once before the change is kept, though a later round reads none', async () => {
  let requests = 0;
  const server = createServer(({ socket }, response) => {
    requests += 1;
    if (requests === 1) response.writeHead(404).end();
    else socket.destroy();
  });
  const port = await listen(server);
  const same: HealthCheck = { kind: 'http', url: `http://{publicIpAddress}:${port}/`, expect: 'same' };
  const report = await watch(activityHere(), { mode: 'before', interval: 1 }, [STATUS, same]);
  expect(report.unhealthy.map(({ id }) => id)).toEqual([ID]);
  expect(requests).toBe(2);
  expect(report.codes).toEqual({ [ID]: [null, 404] });
});
