import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createJournal, undoFileName } from '../../src/activities/journal.js';
import { activityHere } from '../support/activity-here.js';
import { recordedClient } from '../support/recorded-client.js';

/** An empty folder until the test ends, and a rollout whose undo file a worker writes there. */
async function journal() {
  const folder = await mkdtemp(join(tmpdir(), 'imds-journal-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { client, ref } = await recordedClient('rolled-back-rollout', ['rolled-back-batch', 'rolled-back-restore']);
  const { runId } = await client.workflow.getHandle(ref.workflowId).describe();
  const here = activityHere({ client });
  const run = { ...ref, runId };
  return { folder, name: undoFileName(run), write: () => here.run(() => createJournal(folder)(run)) };
}

it('a worker without a folder keeps no journal, and says so', async () => {
  await expect(createJournal(undefined)({ workflowId: 'a', runId: 'b' })).rejects.toMatchObject({
    type: 'NoJournal',
    nonRetryable: true,
  });
});

it('whoever chooses the ID of a workflow does not choose the folder of its undo file', () => {
  expect(undoFileName({ workflowId: '../../etc/passwd', runId: '0198abcd-1' })).toBe(
    '______etc_passwd.0198abcd.undo.json',
  );
});

it('the newest undo file of a run takes the place of the one before, and nothing else is left', async () => {
  const { folder, name, write } = await journal();
  const { targets } = await write();
  await write();
  expect(await readdir(folder)).toEqual([name]);
  expect(JSON.parse(await readFile(join(folder, name), 'utf8')).entries).toHaveLength(targets);
});

it('an undo file that can not take its place says so, and leaves no draft', async () => {
  const { folder, name, write } = await journal();
  await mkdir(join(folder, name));
  await expect(write()).rejects.toThrow(name);
  expect(await readdir(folder)).toEqual([name]);
});
