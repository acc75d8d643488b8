import { Worker } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import '../support/world.js';
import { type Recorded, readRecorded, recordedNames } from './corpus.js';

function replay({ workflowId, history }: Recorded): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') } }, history, workflowId);
}

const names = await recordedNames();

it('has a completed and a rolled-back rollout, each with its batches and its lease', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'completed-rollout',
      'completed-batch',
      'completed-lease',
      'rolled-back-rollout',
      'rolled-back-batch',
      'rolled-back-restore',
    ]),
  );
});

it.each(names)('replays %s', async (name) => {
  await replay(await readRecorded(name));
});

const withActivities = names.filter((name) => !name.endsWith('-lease'));

it.each(withActivities)('would notice another command in %s', async (name) => {
  const { workflowId, history } = await readRecorded(name);
  const text = JSON.stringify(history);
  const otherActivity = text.replaceAll(
    /"name":"lightsailImds(Apply|Restore|Discover|ReadRollout)"/g,
    '"name":"another"',
  );
  // A rollback from a file has activities in its batches only.
  const changed =
    otherActivity === text ? text.replaceAll('"name":"imdsRolloutBatch"', '"name":"another"') : otherActivity;
  await expect(replay({ workflowId, history: JSON.parse(changed) })).rejects.toThrow(/TMPRL1100|[Nn]ondeterminism/);
});
