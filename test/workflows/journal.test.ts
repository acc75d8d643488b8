import { describe, expect, it } from 'vitest';
import type { End } from '../model/temporal-protocol.js';
import { completed, StepByStep, specOf } from './step-by-step.js';

describe('an undo file', () => {
  it.each<{ end: End; why: string }>([
    { end: { how: 'failed', type: 'EACCES', message: 'permission denied' }, why: 'permission denied' },
    { end: { how: 'unexplained' }, why: 'activity unexplained' },
  ])('that is not written is noted, and fails no rollout: $why', async ({ end, why }) => {
    const steps = new StepByStep({
      lightsailImdsDescribeWorker: completed({ journal: true }),
      lightsailImdsWriteJournal: () => end,
    });
    const rollout = await steps.start('imdsRollout', specOf());
    const { log } = await steps.status(rollout);
    expect(log.map(({ event }) => event)).toContain(`the undo file was not written: ${why}`);
    expect(rollout.end).toMatchObject({ how: 'completed', value: { counts: { changed: 3 } } });
  });
});
