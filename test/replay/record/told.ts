import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { ONE_STAGE } from '../../support/rollouts.js';
import { waitForHold } from '../../support/wait.js';
import { createWorld } from '../../support/world.js';
import { recordRun } from '../corpus.js';

it('records notifications that nobody takes, of an approval that is asked for again', async () => {
  const nobody = `nobody-${randomUUID()}`;
  const world = await createWorld({ fleet: 1, settings: { taskQueues: [nobody] } });
  const notify = { on: ['approval' as const], activity: { type: 'myNotify', taskQueue: nobody } };
  const stages = [{ name: 'all', size: 'rest', approval: { timeout: '4s', onTimeout: 'rollback' as const } }];
  const rollout = await world.start({ stages, notify });
  await rollout.result();
  await recordRun('untold-rollout', world, rollout);
});

it('records an undo file that can not be written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-recorded-'));
  const journal = join(folder, 'file');
  await writeFile(journal, 'in the way');
  const world = await createWorld({ fleet: 1, settings: { journal } });
  const rollout = await world.start(ONE_STAGE);
  await rollout.result();
  await recordRun('unwritten-rollout', world, rollout);
  await rm(folder, { recursive: true });
});

it('records an undo file that is required, and that can be written later', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-recorded-'));
  const journal = join(folder, 'file');
  await writeFile(journal, 'in the way');
  const world = await createWorld({ fleet: 1, settings: { journal: { folder: journal, required: true } } });
  const rollout = await world.start(ONE_STAGE);
  await waitForHold(rollout, 'journal');
  await rm(journal);
  await rollout.result();
  await recordRun('required-rollout', world, rollout);
  await rm(folder, { recursive: true });
}, 120_000);
