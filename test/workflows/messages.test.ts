import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import {
  abortSignal,
  abortUpdate,
  approveUpdate,
  pauseSignal,
  pauseUpdate,
  rejectUpdate,
  resumeUpdate,
  revertUpdate,
  skipBakeUpdate,
} from '../../src/workflows/index.js';

const UPDATES = { pauseUpdate, resumeUpdate, approveUpdate, rejectUpdate, skipBakeUpdate, revertUpdate, abortUpdate };

const BY = { by: 'ops', reason: 'slow' };

test("every Update's definition has the name by which other clients send it", () => {
  for (const [name, { type, name: sent }] of Object.entries(UPDATES)) {
    expect({ type, sent }).toEqual({ type: 'update', sent: name.replace(/Update$/, '') });
  }
});

test('pause and abort can be sent as signals too, by the same names', () => {
  expect([pauseSignal, abortSignal]).toMatchObject([
    { type: 'signal', name: 'pause' },
    { type: 'signal', name: 'abort' },
  ]);
});

test("every Update can be sent with its argument by the SDK's client", () => {
  // That this compiles is what counts: the client is typed for arguments that must be there, or for none.
  const sendAll = (handle: WorkflowHandle) => [
    handle.executeUpdate(pauseUpdate, { args: [BY] }),
    handle.executeUpdate(resumeUpdate, { args: [BY] }),
    handle.executeUpdate(approveUpdate, { args: [{ ...BY, stage: 'rest', planHash: 'a' }] }),
    handle.executeUpdate(rejectUpdate, { args: [BY] }),
    handle.executeUpdate(skipBakeUpdate, { args: [BY] }),
    handle.executeUpdate(revertUpdate, { args: [{ ...BY, names: ['web-7'], count: true }] }),
    handle.executeUpdate(abortUpdate, { args: [{ ...BY, mode: 'rollback' }] }),
  ];
  expect(sendAll).toBeTypeOf('function');
});
