import { describe, expect, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { Execution } from '../model/execution.js';
import { spec } from '../rollout/builders.js';
import { CHANGED, leftOpen, StepByStep, specOf } from './step-by-step.js';

const APPLY = 'lightsailImdsApply';
const AT_ONCE = spec().concurrency.total;

/** Starts a rollout over so many instances, none of which is changed yet. */
async function start(size: number, changes: Partial<RolloutSpecInput> = {}) {
  const steps = new StepByStep({ [APPLY]: leftOpen }, size);
  return { steps, rollout: await steps.start('imdsRollout', specOf(changes)) };
}

/** Ends the changes that have begun, one after another: each takes so long, in milliseconds. */
async function change(steps: StepByStep, each: number, count = Number.POSITIVE_INFINITY): Promise<void> {
  for (let done = 0; done < count && steps.open(APPLY).length > 0; done++) {
    await steps.wait(each / AT_ONCE);
    await steps.finish(APPLY, CHANGED);
  }
}

function allOf(executions: readonly Execution[]): number {
  return executions.reduce((sum, { actions }) => sum + actions.total, 0);
}

describe('actions that Temporal Cloud bills', () => {
  it.each([
    { size: 1, each: 30_000, signals: 0, timers: 0 },
    { size: 40, each: 2_000, signals: 4, timers: 1 },
    { size: 40, each: 30_000, signals: 9, timers: 10 },
    { size: 200, each: 2_000, signals: 19, timers: 1 },
    { size: 200, each: 30_000, signals: 19, timers: 10 },
    { size: 1_000, each: 5_000, signals: 99, timers: 9 },
  ])('are few beside the changes of a batch: of $size, $each ms each', async ({ size, each, ...few }) => {
    const { steps, rollout } = await start(size);
    const { actions } = steps.batch;
    await change(steps, each);
    expect(rollout.end).toMatchObject({ how: 'completed', value: { counts: { changed: size } } });
    expect({
      changes: actions.of('scheduleActivity'),
      signals: actions.of('signalExternalWorkflowExecution'),
      timers: actions.of('startTimer'),
    }).toEqual({ changes: size, ...few });
  });

  it('stay below 0.4 an instance in a rollout of 200 in the default stages, beside those of its changes', async () => {
    const bake = '1m';
    const stages = [
      { name: 'canary', size: 1, bake },
      { name: 'early', size: '10%', bake },
      { name: 'rest', size: 'rest', bake },
    ];
    const { steps, rollout } = await start(200, { stages });
    while (rollout.end === undefined) {
      await change(steps, 5_000);
      await steps.wait(60_000);
    }
    expect(allOf(steps.temporal.executions) - 200).toBeLessThan(0.4 * 200);
  });

  it('are, beside the batches, six more for each region: two sweeps, a lease and its end, and a look at other writers', async () => {
    const [one, two] = await Promise.all(
      [['us-east-1'], ['us-east-1', 'eu-west-1']].map(async (regions) => {
        const { steps, rollout } = await start(1, { targets: { regions } });
        await change(steps, 1_000);
        expect(rollout.end).toMatchObject({ how: 'completed', value: { counts: { changed: regions.length } } });
        return allOf(steps.temporal.executions.filter((each) => each !== steps.batch));
      }),
    );
    expect(two).toBe((one ?? 0) + 6);
  });
});

describe('what a status shows of a running batch', () => {
  it('is what has begun, before any report of it', async () => {
    const { steps, rollout } = await start(40);
    expect((await steps.status(rollout)).counts).toEqual({ total: 40, inFlight: AT_ONCE });
    expect(steps.batch.actions.of('signalExternalWorkflowExecution')).toBe(0);
  });

  it('is at most a tenth behind while changes end, and nothing once they take their time', async () => {
    const { steps, rollout } = await start(40);
    for (let done = 1; done <= 35; done++) {
      await change(steps, 10_000, 1);
      const { changed = 0 } = (await steps.status(rollout)).counts;
      expect(done - changed).toBeLessThan(4);
    }
    await steps.wait(24_000);
    expect((await steps.status(rollout)).counts).toMatchObject({ changed: 35, inFlight: 5 });
    const { total } = steps.batch.actions;
    await steps.wait(3_600_000);
    expect(steps.batch.actions.total).toBe(total);
  });

  it('is at once that nothing is in flight in a pause, and what is after it', async () => {
    const { steps, rollout } = await start(40);
    const inFlight = async () => (await steps.status(rollout)).counts.inFlight;
    await steps.say(rollout, 'pause', { by: 'ann' });
    expect(await inFlight()).toBe(AT_ONCE);
    await change(steps, 1_000);
    expect(await inFlight()).toBe(0);
    await steps.say(rollout, 'resume', { by: 'ann' });
    expect(await inFlight()).toBe(AT_ONCE);
    expect(steps.batch.actions.of('signalExternalWorkflowExecution')).toBe(3);
  });
});
