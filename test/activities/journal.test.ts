import { expect, it } from 'vitest';
import { createJournal, undoFileName } from '../../src/activities/journal.js';

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
