import { describe, expect, it } from 'vitest';
import type { Execution } from '../model/execution.js';
import { arnOf } from '../rollout/builders.js';
import { CHANGED, leftOpen, StepByStep, specOf } from './step-by-step.js';

const APPLY = 'lightsailImdsApply';
const READ_ORDER = 'lightsailImdsReadOrder';
const HUGE = Number.MAX_SAFE_INTEGER;

async function changing() {
  const steps = new StepByStep({ [APPLY]: leftOpen, [READ_ORDER]: leftOpen });
  const rollout = await steps.start('imdsRollout', specOf({ concurrency: 1 }));
  return { steps, rollout, batch: steps.batch };
}

/** Which order the batch has, as it says itself. */
function orderOf(steps: StepByStep, batch: Execution): Promise<unknown> {
  return steps.temporal.query(batch, 'order');
}

describe('a forged or an impossible message to a batch', () => {
  const forged = (run: string) => [
    ['hold', { number: HUGE, mode: 'run' }],
    ['hold', { run: 'another', number: 1, mode: 'stop' }],
    ['hold', { run, number: HUGE, mode: 'run' }],
    ['hold', { run, number: -1, mode: 'stop' }],
    ['hold', { run, number: 1, mode: 'stop', more: 1 }],
    ['revert', [{ arn: arnOf('web-0'), reason: 'operator', detail: 'x', count: true, restore: true }]],
    [
      'revert',
      { run: 'x', orders: [{ arn: arnOf('web-0'), reason: 'operator', detail: 'x', count: true, restore: true }] },
    ],
  ];

  it.each(forged('run').map((_, index) => index))(
    'changes nothing, and pause and abort still take effect: %d',
    async (index) => {
      const { steps, rollout, batch } = await changing();
      const [name = '', message] = forged(rollout.runId)[index] ?? [];
      await steps.signal(batch, String(name), message);
      expect(await orderOf(steps, batch)).toMatchObject({ number: 0, mode: 'run' });
      expect(await steps.say(rollout, 'pause', { by: 'ann' })).toMatchObject({ accepted: true });
      expect(await orderOf(steps, batch)).toMatchObject({ mode: 'wait' });
      await steps.finish(APPLY, CHANGED);
      expect(steps.open(APPLY)).toEqual([]);
      expect(await steps.say(rollout, 'abort', { by: 'ann' })).toMatchObject({ accepted: true });
      expect(rollout.end).toMatchObject({ type: 'RolloutAborted' });
      expect(steps.inputs(APPLY)).toHaveLength(1);
    },
  );
});

describe('a forged or an impossible report to a rollout', () => {
  const report = (run: string, batch: string, changes: object = {}) => ({
    ...{ run, batch, seq: 1, counts: { failed: 3 }, failed: 3, inFlight: 0, hold: { number: 0, mode: 'run' } },
    ...changes,
  });

  it('is counted nowhere', async () => {
    const { steps, rollout, batch } = await changing();
    const { runId: run } = rollout;
    const { workflowId } = batch;
    const forged = [
      report('another', workflowId),
      report(run, 'another'),
      report(run, workflowId, { failed: 4 }),
      report(run, workflowId, { counts: { failed: 4 } }),
      report(run, workflowId, { counts: { failed: -3 } }),
      report(run, workflowId, { seq: -1 }),
      report(run, workflowId, { hold: HUGE }),
      report(run, workflowId, { more: 1 }),
    ];
    for (const message of forged) await steps.signal(rollout, 'progress', message);
    expect((await steps.status(rollout)).budget).toEqual({ failed: 0, allowedInStage: 0 });
    for (let n = 0; n < 3; n++) await steps.finish(APPLY, CHANGED);
    expect(rollout.end).toMatchObject({ how: 'completed', value: { counts: { changed: 3 } } });
  });

  it('of an order that was never given lets no pause be answered before it is in force', async () => {
    const { steps, rollout, batch } = await changing();
    const { runId: run } = rollout;
    const hold = { number: 1_000_000, mode: 'wait' };
    await steps.signal(rollout, 'progress', report(run, batch.workflowId, { counts: {}, failed: 0, seq: 0, hold }));
    expect(await steps.say(rollout, 'pause', { by: 'ann' })).toMatchObject({ accepted: true });
    expect(await orderOf(steps, batch)).toMatchObject({ mode: 'wait' });
  });
});

describe('a lease', () => {
  it.each([undefined, null, {}, { run: 'another' }, { run: 'run-1', more: 1 }, 'run-1'])(
    'is kept where somebody else releases it: %j',
    async (message) => {
      const steps = new StepByStep();
      const holder = { workflowId: 'imds-rollout-prod', runId: 'run-1', chain: 'run-1' };
      const lease = await steps.start('imdsScopeLease', holder);
      await steps.signal(lease, 'release', message);
      expect(lease.end).toBeUndefined();
      await steps.signal(lease, 'release', { run: 'run-1' });
      expect(lease.end).toMatchObject({ how: 'completed' });
    },
  );
});

describe('pause and abort as signals', () => {
  it('do what the Updates do', async () => {
    const { steps, rollout, batch } = await changing();
    await steps.signal(rollout, 'pause', { by: 'ann', reason: 'slow' });
    expect(await steps.status(rollout)).toMatchObject({ paused: { by: 'ann', reason: 'slow' } });
    expect(await orderOf(steps, batch)).toMatchObject({ mode: 'wait' });
    await steps.say(rollout, 'resume', {});
    await steps.signal(rollout, 'abort', { by: 'bob', mode: 'rollback' });
    await steps.finish(APPLY, CHANGED);
    expect(rollout.end).toMatchObject({ type: 'RolloutRolledBack', message: expect.stringContaining('by bob') });
  });

  it.each([
    ['abort', { Mode: 'rollback' }, 'unknown member: "Mode" (did you mean "mode"?)'],
    ['abort', { mode: 'undo' }, 'mode must be halt or rollback, not "undo"'],
    ['abort', 'halt', 'must be an object'],
    ['abort', ['halt'], 'must be an object'],
    ['abort', { by: 5 }, '"by" must be text'],
    ['pause', { mode: 'halt' }, 'unknown member: "mode"'],
    ['pause', { reson: 'slow' }, 'did you mean "reason"?'],
    ['pause', 5, 'must be an object'],
    ['Abort', { by: 'ann' }, 'it is none of pause and abort'],
    ['resume', {}, 'it is none of pause and abort'],
  ])('that are malformed are noted and ignored: %s %j', async (name, message, why) => {
    const { steps, rollout, batch } = await changing();
    await steps.signal(rollout, name, message);
    const status = await steps.status(rollout);
    expect(status.log.at(-1)?.event).toContain('ignored: ');
    expect(status.log.at(-1)?.event).toContain(why);
    expect([status.paused, status.aborted]).toEqual([undefined, undefined]);
    expect(await orderOf(steps, batch)).toMatchObject({ number: 0, mode: 'run' });
  });

  it('that make no sense now are noted and ignored', async () => {
    const { steps, rollout } = await changing();
    await steps.signal(rollout, 'abort', { by: 'ann', mode: 'rollback' });
    await steps.signal(rollout, 'abort', { by: 'bob' });
    await steps.signal(rollout, 'pause', { by: 'bob' });
    const { log, aborted, paused } = await steps.status(rollout);
    expect(log.map(({ event }) => event).slice(-2)).toEqual([
      expect.stringContaining("signal abort ignored: The rollout was aborted with rollback by ann: that can't become"),
      expect.stringContaining('signal pause ignored: The rollout was aborted by ann'),
    ]);
    expect(aborted).toMatchObject({ by: 'ann', mode: 'rollback' });
    expect(paused).toBeUndefined();
  });
});

describe('of many messages', () => {
  it('a run keeps the last Updates for what stops it', async () => {
    const { steps, rollout } = await changing();
    for (let n = 0; n < 1_900; n++) steps.temporal.update(rollout, 'resume', {});
    await steps.settle();
    expect(await steps.say(rollout, 'revert', { names: ['web-0'] })).toMatchObject({
      accepted: false,
      why: expect.stringContaining('Updates it still takes: pause, resume, approve, reject, abort.'),
    });
    expect(await steps.say(rollout, 'pause', {})).toMatchObject({ accepted: true });
    for (let n = 0; n < 100; n++) steps.temporal.update(rollout, 'resume', {});
    await steps.settle();
    expect(await steps.say(rollout, 'pause', {})).toMatchObject({ accepted: false });
    expect(await steps.say(rollout, 'abort', {})).toMatchObject({ accepted: true });
    await steps.finish(APPLY, CHANGED);
    expect(rollout.end).toMatchObject({ type: 'RolloutAborted' });
  });

  it('after 8,000 signals a batch reports no progress any more, and acknowledges what it is ordered', async () => {
    const steps = new StepByStep({ [APPLY]: leftOpen });
    const spec = specOf({ concurrency: 1, stages: [{ name: 'all', size: 'rest', approval: {} }] });
    const rollout = await steps.start('imdsRollout', spec);
    for (let n = 0; n < 8_000; n++) {
      rollout.jobs.push({ signalWorkflow: { signalName: 'progress', input: [], headers: {} } });
    }
    await steps.settle();
    await steps.say(rollout, 'approve', {});
    await steps.finish(APPLY, CHANGED);
    expect(steps.batch.timers.size).toBe(0);
    expect((await steps.status(rollout)).counts).toEqual({ total: 3, inFlight: 1 });
    expect(await steps.say(rollout, 'pause', {})).toMatchObject({ accepted: true });
    expect((await steps.status(rollout)).counts).toMatchObject({ changed: 1 });
  });
});

describe('an acknowledgement that does not arrive', () => {
  it('is asked for, so that the pause is answered all the same', async () => {
    const { steps, rollout, batch } = await changing();
    steps.arrives = ({ from }) => from !== batch;
    const update = steps.temporal.update(rollout, 'pause', { by: 'ann' });
    await steps.settle();
    expect(steps.temporal.isAnswered(update)).toBe(false);
    await steps.pass(() => steps.open(READ_ORDER).length > 0);
    expect(steps.inputs(READ_ORDER)).toEqual([{ batch: batch.workflowId }]);
    await steps.finish(READ_ORDER, { how: 'completed', value: await orderOf(steps, batch) });
    expect(steps.temporal.isAnswered(update)).toBe(true);
  });
});
