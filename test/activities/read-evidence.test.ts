import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'vitest';
import type { EvidenceRead, ReadEvidenceInput } from '../../src/activities/index.js';
import { createReadEvidence } from '../../src/activities/read-evidence.js';
import { activityHere } from '../support/activity-here.js';
import { usageReadings } from '../support/evidence.js';
import { lightsailOf } from '../support/fake-lightsail.js';
import { names } from '../support/rollouts.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

const QUIET = { calls: 0, hours: 336, expected: 336 };

/** Reads the usage of the first instances, by an activity that stands alone. */
async function read(world: World, count: number, heartbeatTimeout: '2s' | '30s' = '30s'): Promise<EvidenceRead> {
  const input: ReadEvidenceInput = { region: 'us-east-1', names: names(count), lookback: 14 * 86_400_000 };
  const activity = await world.client.activity.start<EvidenceRead>('lightsailImdsReadEvidence', {
    id: randomUUID(),
    taskQueue: world.taskQueue,
    args: [input],
    startToCloseTimeout: '2m',
    heartbeatTimeout,
    retry: { initialInterval: '100ms' },
  });
  return activity.result();
}

describe.concurrent('a reading of evidence', () => {
  it('has one answer for each name, in their order, by one call each', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 60 });
    world.patch('web-7', { tokenless: 3 });
    world.remove('web-9');
    const readings = await read(world, 60);
    const lastUsed = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z$/);
    expect(readings).toHaveLength(60);
    expect(readings.slice(5, 9)).toEqual([
      QUIET,
      { ...QUIET, calls: 1, lastUsed },
      QUIET,
      { unknown: expect.stringContaining('NotFoundException') },
    ]);
    expect(usageReadings(world)).toEqual(names(60).sort());
    expect(JSON.stringify(readings).length).toBeLessThan(60 * 50);
  });

  it('keeps what it has read where a call fails in a way that may pass', async ({ onTestFinished, expect }) => {
    const faults = [
      { operation: 'GetInstanceMetricData' as const, instance: 'web-2', effect: { error: 'ServiceException' } },
    ];
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: { faults } });
    expect(await read(world, 3)).toEqual([QUIET, null, QUIET]);
  });

  it('that loses its worker goes on from what was told', async ({ onTestFinished, expect }) => {
    let hangs = true;
    const intercept: NonNullable<WorldOptions['intercept']> = (lightsail) => ({
      ...lightsail,
      getInstanceMetricData: async (request, call) => {
        // When the last ones are read, it is time for a heartbeat.
        if (/web-1[5-9]/.test(request.instanceName ?? '')) await delay(500);
        if (request.instanceName !== 'web-20' || !hangs) return lightsail.getInstanceMetricData(request, call);
        hangs = false;
        // As good as a worker that has died: nothing is heard of it any more.
        return new Promise((_, reject) =>
          call?.abortSignal?.addEventListener('abort', () => reject(new Error('ended'))),
        );
      },
    });
    const world = await createWorld({ onTestFinished, fleet: 20, intercept });
    expect(await read(world, 20, '2s')).toEqual(names(20).map(() => QUIET));
    const early = usageReadings(world).filter((name) => !/web-(1[5-9]|20)/.test(name));
    expect(early).toEqual(names(14).sort());
  });

  it("is of the time that AWS's clock says, whatever the server's and this machine's say", async ({
    onTestFinished,
    expect,
  }) => {
    // There are no data points of the time to come.
    const intercept: NonNullable<WorldOptions['intercept']> = (lightsail) => ({
      ...lightsail,
      now: () => Date.now() + 365 * 86_400_000,
    });
    const world = await createWorld({ onTestFinished, fleet: 1, intercept });
    expect(await read(world, 1)).toEqual([{ unknown: 'MetadataNoToken has no data points' }]);
  });

  it('that is denied fails for good, and names the call and the region', async ({ onTestFinished, expect }) => {
    const faults = [
      { operation: 'GetInstanceMetricData' as const, effect: { error: 'AccessDeniedException' }, after: 1 },
    ];
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: { faults } });
    await expect(read(world, 3)).rejects.toMatchObject({
      cause: {
        type: 'AccessDeniedException',
        nonRetryable: true,
        message: expect.stringContaining('GetInstanceMetricData in us-east-1: AccessDeniedException'),
      },
    });
  });

  it('that is ended before it has read anything is tried again, and has asked for nothing', async ({ expect }) => {
    const { run, end } = activityHere();
    end({ workerShutdown: true });
    const input: ReadEvidenceInput = { region: 'us-east-1', names: names(3), lookback: 86_400_000 };
    await expect(run(() => createReadEvidence(() => lightsailOf({}))(input))).rejects.toMatchObject({
      nonRetryable: false,
      message: expect.stringContaining('GetInstanceMetricData in us-east-1: CancelledFailure'),
    });
  });
});
