import { describe, expect, it, vi } from 'vitest';
import { type Asked, askedKey, askUser } from '../../src/activities/ask-user.js';
import type { HealthReading, WatchInput } from '../../src/rollout/health.js';
import { activityHere } from '../support/activity-here.js';
import { ARN } from '../support/fake-lightsail.js';

const check = { kind: 'activity', type: 'myCheck', taskQueue: 'mine' } as const;
const PASS: HealthReading = { verdict: 'pass', reason: '' };

function asked(arn: string): Asked {
  const target = { account: '111122223333', region: 'us-east-1', name: 'web-7', arn, publicIpAddress: null };
  return { key: askedKey(check, arn), check, stage: 'canary', target };
}

const input: WatchInput = {
  rollout: 'imds-rollout-prod',
  mode: 'after',
  interval: 50,
  failureThreshold: 3,
  scopes: [],
};

/** Asks of these instances; the helper workflow is started so, and comes to that result. */
function ask(arns: readonly string[], result: () => Promise<unknown>, onStart = async (): Promise<void> => undefined) {
  const round = new AbortController();
  const terminate = vi.fn(async (_reason: string) => Promise.reject(new Error('it has ended')));
  const start = vi.fn(async (_type: string, _options: { workflowId: string }) => {
    await onStart();
    return { result, terminate };
  });
  const { context } = activityHere({ client: { workflow: { start } } });
  const answers = askUser(arns.map(asked), {
    input,
    settings: { taskQueues: ['mine'] },
    context,
    signal: round.signal,
  }).then((readings) => arns.map((arn) => readings.get(askedKey(check, arn))));
  return { answers, round, start, terminate };
}

const unasked = (why: string) => [{ verdict: 'inconclusive', reason: `the check could not be asked: ${why}` }];
const never = () => new Promise<never>(() => undefined);

describe("what the user's check says", () => {
  it('is inconclusive of whom the answer is too short for', async () => {
    expect(await ask([ARN, `${ARN}8`], async () => [PASS]).answers).toEqual([
      PASS,
      { verdict: 'inconclusive', reason: 'the check gave no answer' },
    ]);
  });

  it('is not known where the question can not be put, and why is the innermost error that is known', async () => {
    const failure = new Error('Workflow execution failed', { cause: new Error('it took too long') });
    expect(await ask([ARN], () => Promise.reject(failure)).answers).toEqual(unasked('it took too long'));
    expect(await ask([ARN], () => Promise.reject(new Error('14 UNAVAILABLE'))).answers).toEqual(
      unasked('14 UNAVAILABLE'),
    );
  });
});

describe('a round that ends', () => {
  const ended = new Error('the round has ended');

  it('before the question asks nobody', async () => {
    const round = new AbortController();
    round.abort(ended);
    const start = vi.fn();
    const { context } = activityHere({ client: { workflow: { start } } });
    const settings = { taskQueues: ['mine'] };
    const readings = await askUser([asked(ARN)], { input, settings, context, signal: round.signal });
    expect([...readings.values()]).toEqual(unasked(ended.message));
    expect(start).not.toHaveBeenCalled();
  });

  it('while the question is put takes it back', async () => {
    const asking = ask([ARN], never, async () => asking.round.abort(ended));
    expect(await asking.answers).toEqual(unasked(ended.message));
    expect(asking.terminate).toHaveBeenCalledExactlyOnceWith('the watch has ended');
  });

  it('before the answer is there waits for it no longer, and ends who is asked', async () => {
    const asking = ask([ARN], () => {
      queueMicrotask(() => asking.round.abort(ended));
      return never();
    });
    expect(await asking.answers).toEqual(unasked(ended.message));
    expect(asking.start).toHaveBeenCalledOnce();
    expect(asking.terminate).toHaveBeenCalledExactlyOnceWith('the watch has ended');
  });

  it('after the answer ends nobody', async () => {
    const { answers, round, terminate } = ask([ARN], async () => [PASS]);
    await answers;
    round.abort(ended);
    expect(terminate).not.toHaveBeenCalled();
  });
});
