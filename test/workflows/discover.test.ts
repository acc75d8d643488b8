import { describe, expect, it } from 'vitest';
import { pack } from '../../src/rollout/pack.js';
import type { End } from '../model/temporal-protocol.js';
import { instance } from '../rollout/builders.js';
import { completed, leftOpen, StepByStep, specOf } from './step-by-step.js';

const DISCOVER = 'lightsailImdsDiscover';
const LIST = 'lightsailImdsListRegions';

describe('a fleet that can not be read', () => {
  const EVERYWHERE = specOf({ targets: { regions: 'all' } });

  it.each<{ what: string; end: End; why: string }>([
    { what: 'in time', end: { how: 'timed out' }, why: 'activity StartToClose timeout' },
    { what: 'for a failure without a type', end: { how: 'failed', type: '', message: 'no route' }, why: 'no route' },
    { what: 'for a failure of which nothing is said', end: { how: 'unexplained' }, why: 'activity unexplained' },
  ])('in one of all regions is never a smaller one: $what', async ({ end, why }) => {
    const steps = new StepByStep({
      [LIST]: completed(['eu-west-1', 'us-east-1']),
      [DISCOVER]: (input) =>
        (input as { region: string }).region === 'eu-west-1'
          ? end
          : { how: 'completed', value: { instances: pack([instance('web-0')]) } },
    });
    const rollout = await steps.start('imdsRollout', EVERYWHERE);
    expect(rollout.end).toMatchObject({
      type: 'PlanFailed',
      message: expect.stringContaining(`eu-west-1 can't be read (${why})`),
    });
    expect(steps.inputs('lightsailImdsApply')).toEqual([]);
  });

  it('does not hold an abort up while its regions are listed', async () => {
    const steps = new StepByStep({ [LIST]: leftOpen });
    const rollout = await steps.start('imdsRollout', EVERYWHERE);
    const answer = await steps.say(rollout, 'abort', { by: 'ann' });
    expect(answer).toMatchObject({ accepted: true, status: { aborted: { by: 'ann' } } });
    await steps.pass(() => rollout.end !== undefined);
    expect(rollout.end).toMatchObject({ type: 'RolloutAborted' });
  });
});
