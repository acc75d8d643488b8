import type { GetInstancesResult } from '@aws-sdk/client-lightsail';
import { ApplicationFailureCategory } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createWatch } from '../../src/activities/watch.js';
import type { Streaks, WatchInput } from '../../src/rollout/health.js';
import { watchId } from '../../src/rollout/watch-groups.js';
import { type ActivityHere, activityHere } from '../support/activity-here.js';
import { ARN, lightsailOf, shown } from '../support/fake-lightsail.js';

const ID = watchId(ARN);
const UNSURE = { instanceStatus: { status: 'insufficient-data' } } as const;

/** Watches web-7, whose status checks can't be told. */
function watch(here: ActivityHere, streaks: Streaks = {}, onRead = (): void => undefined) {
  const input: WatchInput = {
    rollout: 'imds-rollout-prod',
    mode: 'after',
    interval: 600_000,
    failureThreshold: 2,
    scopes: [
      {
        scope: { account: '111122223333', region: 'us-east-1' },
        groups: [{ stage: 'canary', desired: { httpTokens: 'required' }, checks: [{ kind: 'status' }], ids: [ID] }],
        streaks,
      },
    ],
  };
  const lightsail = lightsailOf({
    getInstances: async (): Promise<GetInstancesResult & { $metadata: object }> => {
      onRead();
      return { $metadata: {}, instances: [shown(UNSURE)] };
    },
  });
  const activity = createWatch({ lightsail: () => lightsail });
  return here.run(() =>
    activity(input).then(
      (report) => ({ report }),
      (failure: unknown) => ({ failure }),
    ),
  );
}

describe('a round without news', () => {
  it('has itself called again after the interval, and says so in words', async () => {
    const here = activityHere();
    const ended = await watch(here, { [ID]: { fails: 0, blind: 3 } });
    expect(ended).toMatchObject({
      failure: {
        type: 'WatchGoesOn',
        category: ApplicationFailureCategory.BENIGN,
        nonRetryable: false,
        message: expect.stringMatching(
          /^0 of 1 instance is well, 1 can't be read \(.*insufficient-data\); the next reading is in 10m$/,
        ),
      },
    });
    const { nextRetryDelay } = (ended as { failure: { nextRetryDelay: number } }).failure;
    expect(nextRetryDelay).toBeGreaterThan(590_000);
    expect(nextRetryDelay).toBeLessThanOrEqual(600_000);
    expect(here.told).toEqual([]);
  });

  it('that has counted something leaves it to the next attempt, which reports it in its time', async () => {
    const first = activityHere();
    await watch(first);
    expect(first.told).toMatchObject([
      { details: { attempt: 1, scopes: [{ streaks: { [ID]: { fails: 0, blind: 1 } } }] } },
    ]);
    const second = activityHere({ info: { attempt: 2, heartbeatDetails: first.told[0]?.details } });
    await watch(second);
    const third = activityHere({ info: { attempt: 3, heartbeatDetails: second.told[0]?.details } });
    expect(await watch(third)).toMatchObject({
      report: {
        scopes: [{ blind: [ID], streaks: { [ID]: { fails: 0, blind: 3 } } }],
        paces: { sight: { told: 1, rounds: 0 } },
      },
    });
    expect(third.told).toEqual([]);
  });
});

it('a round that is cut off, since its worker stops, counts for nothing and is called again', async () => {
  const here = activityHere();
  const ended = await watch(here, {}, () => here.end({ workerShutdown: true }));
  expect(ended).toMatchObject({ failure: { type: 'AttemptEnded', nonRetryable: false } });
  expect(here.told).toEqual([]);
});
