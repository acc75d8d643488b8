import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { describe, expect, it } from 'vitest';
import { collectReport, parseUndoFile, type UndoFile } from '../../src/client/index.js';
import { denied } from '../support/faults.js';
import { ONE_STAGE, roll } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
import { ACCESS_KEY, createWorld } from '../support/world.js';

const LONG_BAKE = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest' },
];

async function folder(onTestFinished: TestContext['onTestFinished']): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'imds-rollout-journal-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function readOnly(
  path: string,
): Promise<{ readonly file: UndoFile; readonly text: string; readonly name: string }> {
  const [name = '', ...others] = await readdir(path);
  expect(others).toEqual([]);
  const text = await readFile(join(path, name), 'utf8');
  const check = parseUndoFile(JSON.parse(text));
  if (!check.ok) throw new Error(JSON.stringify(check.problems));
  return { file: check.file, text, name };
}

describe.concurrent("the worker's journal", () => {
  it('has an undo file after each stage, and at the end, which takes the rollout back without its history', async ({
    onTestFinished,
  }) => {
    const journal = await folder(onTestFinished);
    const world = await createWorld({ onTestFinished, fleet: 4, settings: { journal } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: LONG_BAKE });
    await waitForHold(rollout, 'bake');
    const afterCanary = await readOnly(journal);
    expect(afterCanary.file.entries.map(({ stage }) => stage)).toEqual(['canary']);
    expect((await stat(join(journal, afterCanary.name))).mode & 0o777).toBe(0o600);
    await rollout.skipBake();
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    const { file, text } = await readOnly(journal);
    expect(file.entries.map(({ stage }) => stage)).toEqual(['canary', 'rest', 'rest', 'rest']);
    expect(file.rollout).toMatchObject({ workflowId: rollout.workflowId, name: `test-${world.account}` });
    expect(file.restore.settings).toEqual({ timeout: 120_000, pollInterval: 40, maxErrors: 3 });
    expect(text).not.toContain(ACCESS_KEY);

    await world.client.workflowService.deleteWorkflowExecution({
      namespace: world.client.options.namespace,
      workflowExecution: { workflowId: rollout.workflowId },
    });
    const rollback = await world.rollouts.rollbackFrom(file, { taskQueue: world.taskQueue });
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 4 } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('ends empty where everything is back', async ({ onTestFinished }) => {
    const journal = await folder(onTestFinished);
    const world = await createWorld({
      onTestFinished,
      fleet: 4,
      settings: { journal },
      scenario: { faults: denied('web-3') },
    });
    expect(await roll(world)).toMatchObject({ type: 'RolloutRolledBack' });
    expect((await readOnly(journal)).file.entries).toEqual([]);
  });

  it('that can not be written is in the status, a notification, the result and the report, and fails no rollout', async ({
    onTestFinished,
  }) => {
    const place = join(await folder(onTestFinished), 'file');
    await writeFile(place, 'in the way');
    const world = await createWorld({ onTestFinished, fleet: 2, settings: { journal: place } });
    const rollout = await world.start({ stages: LONG_BAKE });
    const why = expect.stringContaining('the undo file was not written');
    expect(await waitForHold(rollout, 'bake')).toMatchObject({ journal: why });
    await rollout.skipBake();
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 2 }, journal: why },
    });
    const { log } = await rollout.status();
    expect(log.filter(({ event }) => event.includes('the undo file was not written'))).toHaveLength(1);
    const report = await collectReport(world.client, { workflowId: rollout.workflowId });
    expect(report.gaps).toContainEqual(expect.stringContaining("undo file of the worker's journal isn't up to date"));
  });

  it('that is required and can not be written holds the rollout before its first change, until it can', async ({
    onTestFinished,
  }) => {
    const place = join(await folder(onTestFinished), 'file');
    await writeFile(place, 'in the way');
    const settings = { journal: { folder: place, required: true } };
    const world = await createWorld({ onTestFinished, fleet: 2, settings });
    const rollout = await world.start(ONE_STAGE);
    const { waiting } = await waitForHold(rollout, 'journal');
    expect(waiting?.reason).toContain('the undo file was not written');
    expect(world.updates()).toEqual([]);
    await rm(place);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
    expect((await rollout.result()).result).not.toHaveProperty('journal');
    expect((await readOnly(place)).file.entries).toHaveLength(2);
  });

  it('that is required and fails after the canary leaves the rest unchanged, until somebody approves', async ({
    onTestFinished,
  }) => {
    const journal = await folder(onTestFinished);
    const world = await createWorld({
      onTestFinished,
      fleet: 4,
      settings: { journal: { folder: journal, required: true } },
    });
    const rollout = await world.start({
      stages: [
        { name: 'canary', size: 1, approval: {} },
        { name: 'rest', size: 'rest' },
      ],
    });
    await waitForHold(rollout, 'approval');
    // In its place stands a file: nothing can be written there any more, whoever writes.
    await rm(journal, { recursive: true });
    await writeFile(journal, 'in the way');
    await rollout.approve();
    await waitForHold(rollout, 'journal');
    expect(world.updates()).toHaveLength(1);
    await rollout.approve({ by: 'ann' });
    await waitForHold(rollout, 'journal');
    expect(world.updates()).toHaveLength(4);
    await rollout.approve({ by: 'ann' });
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 4 }, journal: expect.stringContaining('the undo file was not written') },
    });
  });
});

describe.concurrent('how long a history is kept', () => {
  it('stands in the status and the result of what has ended', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const rollout = await world.start(ONE_STAGE);
    const outcome = await rollout.result();
    const { rollbackUntil = '' } = outcome.result ?? {};
    // The namespace of the tests keeps histories for a day.
    const left = Date.parse(rollbackUntil) - Date.now();
    expect(left / 3_600_000).toBeGreaterThan(23);
    expect(left / 3_600_000).toBeLessThanOrEqual(24);
    expect(await rollout.status()).toMatchObject({ phase: 'ended', rollbackUntil });
  });
});
