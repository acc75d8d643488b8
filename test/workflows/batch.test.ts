import { describe, expect, it } from 'vitest';
import type { ApplyBatch, BatchInput } from '../../src/rollout/batch.js';
import { TARGET_FAILED, type TargetResult } from '../../src/rollout/outcome.js';
import { type PackedBatchResult, packBatch, unpackBatchResult } from '../../src/rollout/pack-batch.js';
import { DEFAULT_RESTORE_SETTINGS } from '../../src/rollout/rollback.js';
import type { Execution } from '../model/execution.js';
import type { End } from '../model/temporal-protocol.js';
import { arnOf, target } from '../rollout/builders.js';
import { CHANGED, leftOpen, RESTORED, StepByStep, specOf } from './step-by-step.js';

const APPLY = 'lightsailImdsApply';
const RESTORE = 'lightsailImdsRestore';

const { settings, keepTokens } = DEFAULT_RESTORE_SETTINGS;

/** A batch of web-0 and web-1 that may count one failure. */
const APPLY_BOTH: ApplyBatch = {
  mode: 'apply',
  run: 'run-0',
  reports: 8_000,
  targets: [target('web-0'), target('web-1')],
  concurrency: { total: 20 },
  settings,
  keepTokens,
  failuresLeft: 1,
  revertFailed: true,
  hold: { number: 0, mode: 'run' },
};

const RESTORE_BOTH: BatchInput = {
  mode: 'restore',
  run: 'run-0',
  reports: 8_000,
  targets: APPLY_BOTH.targets,
  concurrency: { total: 1 },
  settings,
  keepTokens,
};

function start(steps: StepByStep, batch: BatchInput = APPLY_BOTH): Promise<Execution> {
  return steps.start('imdsRolloutBatch', packBatch(batch));
}

/** What the batch says of its targets, once it has ended. */
function resultsOf({ end }: Execution): readonly unknown[] {
  if (end?.how !== 'completed') throw new Error(`the batch has not completed: ${JSON.stringify(end)}`);
  return unpackBatchResult(end.value as PackedBatchResult).results;
}

const order = (name: string, restore: boolean) => ({
  arn: arnOf(name),
  reason: restore ? 'operator' : 'unhealthy',
  detail: restore ? 'is taken back by ann' : 'it answers 503',
  count: true,
  restore,
});

const changed: TargetResult = { outcome: { kind: 'changed' }, wrote: true, confirmed: true };

describe('a batch', () => {
  it('that no rollout has started finishes its work, and tells nobody of it', async () => {
    const steps = new StepByStep({ [APPLY]: leftOpen });
    const batch = await start(steps);
    await steps.finish(APPLY, CHANGED);
    await steps.pass(() => steps.temporal.nextTimer === undefined);
    await steps.finish(APPLY, CHANGED);
    expect(resultsOf(batch)).toEqual([changed, changed]);
    expect(steps.temporal.letters).toEqual([]);
  });

  it('says of a target that is held after an Update may have been sent that it may have been written', async () => {
    const held = { how: 'completed', value: { held: true, wrote: true } } as const;
    const steps = new StepByStep({ [APPLY]: leftOpen });
    const batch = await start(steps);
    await steps.signal(batch, 'hold', { run: 'run-0', number: 1, mode: 'wait' });
    await steps.finish(APPLY, held);
    await steps.finish(APPLY, held);
    await steps.signal(batch, 'hold', { run: 'run-0', number: 2, mode: 'run' });
    expect(steps.inputs(APPLY).slice(-2)).toMatchObject([{ mayHaveWritten: true }, { mayHaveWritten: true }]);
    await steps.signal(batch, 'hold', { run: 'run-0', number: 3, mode: 'stop' });
    await steps.finish(APPLY, held);
    await steps.finish(APPLY, held);
    const skipped = { outcome: { kind: 'skipped', reason: 'not-started' }, wrote: true };
    expect(resultsOf(batch)).toEqual([skipped, skipped]);
  });

  it('counts a changed target as failed where it is only to fail, and takes it back when that is asked for', async () => {
    const steps = new StepByStep({ [APPLY]: leftOpen });
    const batch = await start(steps);
    await steps.finish(APPLY, CHANGED);
    const onlyFails = { run: 'run-0', orders: [order('web-0', false)] };
    await steps.signal(batch, 'revert', onlyFails);
    await steps.signal(batch, 'revert', onlyFails);
    expect(steps.open(RESTORE)).toEqual([]);
    await steps.signal(batch, 'revert', { run: 'run-0', orders: [order('web-0', true)] });
    await steps.finish(APPLY, CHANGED);
    expect(resultsOf(batch)).toEqual([
      {
        outcome: { kind: 'failed', reason: 'unhealthy' },
        detail: 'it answers 503',
        wrote: true,
        confirmed: true,
        restore: { outcome: { kind: 'restored' } },
      },
      changed,
    ]);
    // It was seen applied before it was found unhealthy.
    expect(steps.inputs(RESTORE)).toMatchObject([{ target: { name: 'web-0', confirmed: true } }]);
  });

  it.each([
    null,
    'web-0',
    { arn: arnOf('web-0') },
    [order('web-0', true)],
    { run: 'another', orders: [order('web-0', true)] },
    { run: 'run-0', orders: [{ ...order('web-0', true), restore: 'yes' }] },
    { run: 'run-0', orders: [order('web-0', true)], more: 1 },
  ])('takes nothing back for an order that is none: %j', async (message) => {
    const steps = new StepByStep({ [APPLY]: leftOpen });
    const batch = await start(steps);
    await steps.finish(APPLY, CHANGED);
    await steps.signal(batch, 'revert', message);
    await steps.finish(APPLY, CHANGED);
    expect(resultsOf(batch)).toEqual([changed, changed]);
  });

  it('that takes targets back goes on whatever it is told but to stop', async () => {
    const steps = new StepByStep({ [RESTORE]: leftOpen });
    const batch = await start(steps, RESTORE_BOTH);
    const forged = [null, { mode: 'stop' }, { number: 1, mode: 'stop' }, { run: 'another', number: 1, mode: 'stop' }];
    for (const message of [...forged, { run: 'run-0', number: 1, mode: 'wait' }]) {
      await steps.signal(batch, 'hold', message);
    }
    await steps.finish(RESTORE, RESTORED);
    await steps.finish(RESTORE, RESTORED);
    expect(resultsOf(batch)).toEqual([{ outcome: { kind: 'restored' } }, { outcome: { kind: 'restored' } }]);
  });
});

describe('a change whose end says little', () => {
  it.each<{ what: string; end: End; says: object }>([
    {
      what: 'a failure of its own without details',
      end: { how: 'failed', type: TARGET_FAILED, message: 'AccessDenied' },
      says: { outcome: { kind: 'failed', reason: 'api-error' }, detail: 'AccessDenied' },
    },
    {
      what: 'details that tell nothing',
      end: { how: 'failed', type: TARGET_FAILED, message: 'AccessDenied', details: {} },
      says: { outcome: { kind: 'failed', reason: 'api-error' }, detail: 'AccessDenied' },
    },
    {
      what: 'no answer, as of one that was completed by hand',
      end: { how: 'completed', value: null },
      says: { outcome: { kind: 'failed', reason: 'unexpected' } },
    },
    {
      what: 'an answer by hand that has nothing in it',
      end: { how: 'completed', value: {} },
      says: { outcome: { kind: 'failed', reason: 'unexpected' }, detail: expect.stringMatching(/says nothing/) },
    },
    {
      what: 'a time-out',
      end: { how: 'timed out' },
      says: { outcome: { kind: 'failed', reason: 'unexpected' }, detail: 'activity StartToClose timeout' },
    },
  ])('counts as failed, and as one that may have written: $what', async ({ end, says }) => {
    const ends = [end, CHANGED];
    const steps = new StepByStep({ [APPLY]: () => ends.shift() });
    const batch = await start(steps);
    expect(resultsOf(batch)).toMatchObject([
      { ...says, wrote: true, restore: { outcome: { kind: 'restored' } } },
      { outcome: { kind: 'changed' } },
    ]);
  });

  it.each([null, {}, 'done', { outcome: {} }])('is a failed way back where it was one: %j', async (value) => {
    const ends: End[] = [{ how: 'completed', value }, RESTORED];
    const steps = new StepByStep({ [RESTORE]: () => ends.shift() });
    expect(resultsOf(await start(steps, RESTORE_BOTH))).toMatchObject([
      { outcome: { kind: 'restore-failed' } },
      { outcome: { kind: 'restored' } },
    ]);
  });
});

describe('a rollout and its batch', () => {
  it('carry an order out that reaches the batch when all is done there', async () => {
    const steps = new StepByStep({ [APPLY]: leftOpen });
    const rollout = await steps.start('imdsRollout', specOf({ failure: { max: 3 } }));
    const { batch } = steps;
    // As long as its word of the hold doesn't arrive, the batch stays open.
    steps.arrives = ({ from }) => from !== batch;
    await steps.say(rollout, 'pause', { by: 'ann' });
    for (let n = 0; n < 3; n++) await steps.finish(APPLY, CHANGED);
    expect(batch.end).toBeUndefined();
    await steps.say(rollout, 'revert', { names: ['web-1'], by: 'ann' });
    expect(steps.inputs(RESTORE)).toEqual([]);
    steps.arrives = () => true;
    await steps.settle();
    expect(resultsOf(batch)).toEqual([changed, changed, changed]);
    expect(steps.inputs(RESTORE)).toMatchObject([{ target: { name: 'web-1' } }]);
    expect(rollout.end).toMatchObject({ how: 'completed', value: { counts: { changed: 2, restored: 1 } } });
  });
});
