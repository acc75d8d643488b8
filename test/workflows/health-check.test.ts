import { describe, expect, it } from 'vitest';
import type { End } from '../model/temporal-protocol.js';
import { instance } from '../rollout/builders.js';
import { StepByStep } from './step-by-step.js';

describe("a check of the user's", () => {
  const CALL = {
    type: 'myCheck',
    taskQueue: 'mine',
    patience: 60_000,
    input: {
      rollout: 'steps',
      stage: 'all',
      when: 'after',
      targets: [{ account: '111122223333', region: 'us-east-1', name: 'web-0', arn: instance('web-0').arn }],
    },
  };

  it.each<{ end: End; reason: string }>([
    { end: { how: 'unexplained' }, reason: 'myCheck failed: activity unexplained' },
    { end: { how: 'timed out' }, reason: 'myCheck failed: activity StartToClose timeout' },
    { end: { how: 'cancelled' }, reason: 'myCheck failed: cancelled' },
  ])('that comes to no answer is inconclusive: $reason', async ({ end, reason }) => {
    const steps = new StepByStep({ myCheck: () => end });
    const check = await steps.start('imdsHealthCheck', CALL);
    expect(check.end).toEqual({ how: 'completed', value: [{ verdict: 'inconclusive', reason }] });
  });
});
