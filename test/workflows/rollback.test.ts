import { describe, expect, it } from 'vitest';
import type { RestoreInput } from '../../src/activities/index.js';
import { addChecksum } from '../../src/rollout/checksum.js';
import { DEFAULT_RESTORE_SETTINGS } from '../../src/rollout/rollback.js';
import type { UndoFile } from '../../src/rollout/undo-file.js';
import { target } from '../rollout/builders.js';
import { type Answers, completed, leftOpen, RESTORED, StepByStep } from './step-by-step.js';

const RESTORE = 'lightsailImdsRestore';
const AWAIT = 'lightsailImdsAwaitBatches';
const INSPECT = 'lightsailImdsInspectLeases';

const OF_ONE = { rollouts: [{ workflowId: 'imds-rollout-prod' }] };
const BOTH = [target('web-0'), target('web-1')];

/** What is found of a rollout that has changed web-0 and web-1. */
function found(rollout: object = {}): Answers {
  return {
    lightsailImdsReadRollout: completed({
      workflowId: 'imds-rollout-prod',
      batches: [{ workflowId: 'imds-rollout-prod/1' }],
      gone: [],
      restored: [],
      name: 'prod',
      restore: { ...DEFAULT_RESTORE_SETTINGS, concurrency: { total: 1 } },
      ...rollout,
    }),
    lightsailImdsReadBatch: completed([{ at: 0, stage: 'all', changed: BOTH, restored: [], confirmed: [] }]),
  };
}

const entryOf = (name: string) => ({ stage: 'all', target: target(name) });
const part = (index: number, name: string) => ({ index, entries: [entryOf(name)] });
const undoOf = (...names: readonly string[]): UndoFile =>
  addChecksum({
    format: 'imds-rollout-undo/1',
    rollout: { workflowId: 'imds-rollout-prod', runId: 'run', name: 'prod', taskQueue: 'queue' },
    writtenAt: '2026-11-25T10:00:00.000Z',
    restore: DEFAULT_RESTORE_SETTINGS,
    entries: names.map(entryOf),
  });

/** The input that announces a file. */
function announce({ entries, ...file }: UndoFile, more: object = {}) {
  return { upload: { targets: entries.length, file, ...more } };
}

describe('a rollback of what is uploaded', () => {
  it('says how much has come where the rest does not, and changes nothing', async () => {
    const steps = new StepByStep();
    const rollback = await steps.start('imdsRollback', announce(undoOf('web-0', 'web-1')));
    expect(await steps.say(rollback, 'addTargets', part(0, 'web-0'))).toEqual({ accepted: true, status: 1 });
    const since = steps.temporal.now;
    await steps.pass(() => rollback.end !== undefined);
    expect(steps.temporal.now - since).toBe(3_600_000);
    expect(rollback.end).toMatchObject({
      type: 'InvalidRollback',
      message: expect.stringContaining('Of 2 targets 1 were uploaded within 1h. Nothing was changed'),
    });
    expect(steps.inputs(RESTORE)).toEqual([]);
  });

  it('refuses a part that is none, and takes the whole one', async () => {
    const steps = new StepByStep();
    const rollback = await steps.start('imdsRollback', announce(undoOf('web-0')));
    const refused: [unknown, string][] = [
      [null, 'expected object'],
      [{ index: -1, entries: [] }, 'index: '],
      [{ index: 0, entries: [] }, 'entries: '],
      [{ index: 0, entries: [{ stage: 'all', target: { ...target('web-0'), before: {} } }] }, 'entries.0.target: must'],
      [{ ...part(0, 'web-0'), more: 1 }, 'more'],
    ];
    for (const [message, why] of refused) {
      const answer = await steps.say(rollback, 'addTargets', message);
      expect(answer, JSON.stringify(message)).toEqual({ accepted: false, why: expect.stringContaining(why) });
    }
    await steps.say(rollback, 'addTargets', part(0, 'web-0'));
    expect(rollback.end).toMatchObject({ how: 'completed', value: { counts: { restored: 1, total: 1 } } });
  });

  it.each<[edit: string, input: object, uploaded: ReturnType<typeof part>]>([
    ['another instance', announce(undoOf('web-0')), part(0, 'web-1')],
    [
      'other values',
      announce(undoOf('web-0')),
      { index: 0, entries: [{ stage: 'all', target: { ...target('web-0'), before: { httpTokens: 'required' } } }] },
    ],
    ['another stage', announce(undoOf('web-0')), { index: 0, entries: [{ ...entryOf('web-0'), stage: 'rest' }] }],
    [
      'a timeout of 1',
      announce({
        ...undoOf('web-0'),
        restore: { ...DEFAULT_RESTORE_SETTINGS, settings: { ...DEFAULT_RESTORE_SETTINGS.settings, timeout: 1 } },
      }),
      part(0, 'web-0'),
    ],
    [
      'another task queue',
      announce({ ...undoOf('web-0'), rollout: { ...undoOf('web-0').rollout, taskQueue: 'mine' } }),
      part(0, 'web-0'),
    ],
    ['another checksum', announce({ ...undoOf('web-0'), sha256: 'a'.repeat(64) }), part(0, 'web-0')],
  ])('refuses %s than the file was written with, and takes it where that is allowed', async (_, input, uploaded) => {
    const refusing = new StepByStep();
    const refused = await refusing.start('imdsRollback', input);
    await refusing.say(refused, 'addTargets', uploaded);
    expect(refused.end).toMatchObject({
      type: 'EditedFile',
      message: expect.stringMatching(/was edited since it was written: it states the checksum .* Nothing was changed/),
    });
    expect(refusing.inputs(RESTORE)).toEqual([]);

    const steps = new StepByStep();
    const { upload } = { upload: {}, ...input };
    const allowed = await steps.start('imdsRollback', { upload: { ...upload, allowEdited: true } });
    await steps.say(allowed, 'addTargets', uploaded);
    expect(allowed.end).toMatchObject({ how: 'completed', value: { counts: { restored: 1, total: 1 } } });
    expect(await steps.status(allowed)).toMatchObject({ warnings: [expect.stringContaining('which was allowed')] });
  });

  it('that is aborted before all has come takes nothing back', async () => {
    const steps = new StepByStep();
    const rollback = await steps.start('imdsRollback', announce(undoOf('web-0', 'web-1')));
    await steps.say(rollback, 'addTargets', part(0, 'web-0'));
    for (const message of ['now', { by: 5 }, { mode: 'rollback' }]) {
      expect(await steps.say(rollback, 'abort', message)).toMatchObject({ accepted: false });
    }
    expect(rollback.end).toBeUndefined();
    await steps.say(rollback, 'abort', { by: 'ann' });
    expect(rollback.end).toMatchObject({ type: 'RolloutAborted', message: expect.stringContaining('Aborted by ann') });
    expect(steps.inputs(RESTORE)).toEqual([]);
  });
});

describe('a rollback of what histories tell', () => {
  it('goes by the defaults where the spec can not be read, and says which runs nothing is known of', async () => {
    const steps = new StepByStep(found({ name: undefined, restore: undefined, gone: ['run-1', 'run-2'] }));
    const rollback = await steps.start('imdsRollback', OF_ONE);
    expect(await steps.status(rollback)).toMatchObject({
      name: 'imds-rollout-prod',
      warnings: [expect.stringContaining('the history of 2 earlier runs of imds-rollout-prod is gone')],
    });
    const { settings, keepTokens } = DEFAULT_RESTORE_SETTINGS;
    const patient = { ...settings, maxErrors: 3 * settings.maxErrors };
    expect(steps.inputs(RESTORE)).toMatchObject(BOTH.map(() => ({ settings: patient, keepTokens })).reverse());
    expect(rollback.end).toMatchObject({ how: 'completed', value: { counts: { restored: 2 } } });
  });

  it.each([
    { keepTokens: true, downgrades: 0 },
    { keepTokens: false, downgrades: 2 },
  ])('keeps tokens as it is told itself, not as the spec says: $keepTokens', async ({ keepTokens, downgrades }) => {
    const restore = { ...DEFAULT_RESTORE_SETTINGS, keepTokens: !keepTokens };
    const steps = new StepByStep(found({ restore }));
    const rollback = await steps.start('imdsRollback', { ...OF_ONE, keepTokens });
    expect(steps.inputs<RestoreInput>(RESTORE).map((input) => input.keepTokens)).toEqual([keepTokens, keepTokens]);
    const { log } = await steps.status(rollback);
    expect(log.map(({ event }) => event)).toContain(`2 targets to take back, ${downgrades} of them to IMDSv1`);
  });

  it('ends with the failure of what it waits for, though an abort meets it', async () => {
    const steps = new StepByStep({ ...found(), [AWAIT]: leftOpen });
    const rollback = await steps.start('imdsRollback', OF_ONE);
    const [waiting] = steps.open(AWAIT);
    if (waiting === undefined) throw new Error('it waits for no batch');
    steps.temporal.finish(waiting, { how: 'failed', type: 'PermissionDenied', message: 'no access to the namespace' });
    await steps.say(rollback, 'abort', { by: 'ann' });
    expect(rollback.end).toMatchObject({ how: 'failed' });
    expect(steps.inputs(RESTORE)).toEqual([]);
  });

  it('begins nothing where it is aborted while its batch is being started', async () => {
    const steps = new StepByStep({ ...found(), [INSPECT]: leftOpen });
    const rollback = await steps.start('imdsRollback', OF_ONE);
    const [inspection] = steps.open(INSPECT);
    if (inspection === undefined) throw new Error('it asks for no lease');
    steps.temporal.finish(inspection, { how: 'completed', value: [{ free: true }] });
    while (steps.temporal.executions.every(({ type }) => type !== 'imdsRolloutBatch')) {
      const next = steps.temporal.ready[0];
      if (next === undefined) throw new Error('no batch is started');
      await steps.temporal.runTask(next);
    }
    // The batch is there, and the rollback hasn't heard of it.
    steps.temporal.update(rollback, 'abort', { by: 'ann' });
    await steps.temporal.runTask(rollback);
    await steps.settle();
    expect(steps.inputs(RESTORE)).toEqual([]);
    expect(rollback.end).toMatchObject({ type: 'RolloutAborted' });
  });

  it('keeps its lease where a batch of the run before a reset still writes', async () => {
    const steps = new StepByStep({
      ...found(),
      [INSPECT]: leftOpen,
      lightsailImdsFindOpenBatch: completed({ batch: 'steps/12345678/rollback/1' }),
    });
    const rollback = await steps.start('imdsRollback', OF_ONE);
    await steps.say(rollback, 'abort', { by: 'ann' });
    await steps.finish(INSPECT, { how: 'completed', value: [{ free: true }] });
    expect(rollback.end).toMatchObject({ type: 'RolloutAborted' });
    const { log } = await steps.status(rollback);
    expect(log.at(-1)?.event).toBe(
      'the lease is kept, since batch steps/12345678/rollback/1 of an earlier run goes on',
    );
    expect(steps.temporal.executions.find(({ type }) => type === 'imdsScopeLease')?.end).toBeUndefined();
  });

  it('counts what its batch tells, and nothing that anybody else sends', async () => {
    const steps = new StepByStep({ ...found(), [RESTORE]: leftOpen });
    const rollback = await steps.start('imdsRollback', OF_ONE);
    const batch = steps.batch.workflowId;
    const { runId: run } = rollback;
    const restored = { outcome: { kind: 'restored' } };
    const junk = [null, 'all', { run, batch }, { run, batch, results: [[0, { outcome: { kind: 'lost' } }]] }];
    const others = [
      { run, batch: 'other', results: [[0, restored]] },
      { run, batch, results: [[7, restored]] },
      { run: 'another', batch, results: [[0, restored]] },
      { batch, results: [[0, restored]] },
    ];
    for (const message of [...junk, ...others]) await steps.signal(rollback, 'restored', message);
    expect((await steps.status(rollback)).counts).toMatchObject({ changed: 2 });
    await steps.signal(rollback, 'restored', { run, batch, results: [[0, restored]] });
    expect((await steps.status(rollback)).counts).toMatchObject({ changed: 1, restored: 1 });
    await steps.finish(RESTORE, RESTORED);
    await steps.finish(RESTORE, RESTORED);
    expect(rollback.end).toMatchObject({ how: 'completed', value: { counts: { restored: 2 } } });
  });
});
