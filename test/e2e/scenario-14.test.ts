import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { each, names, resultOf, roll, tokensOf } from '../support/rollouts.js';
import { leaseOf } from '../support/temporal-runs.js';
import { createWorld } from '../support/world.js';

const REST = { name: 'rest', size: 'rest' } as const;

describe.concurrent('scenario 14: percentages, and fleets and stages of any size', () => {
  it.for<{ what: string; fleet: number; stages: NonNullable<RolloutSpecInput['stages']>; sizes: number[] }>([
    {
      what: 'a percentage that rounds to 0 takes 1',
      fleet: 3,
      stages: [{ name: 'canary', size: '1%' }, { name: 'early', size: '0.01%' }, REST],
      sizes: [1, 1, 1],
    },
    {
      what: 'a percentage is rounded up',
      fleet: 7,
      stages: [{ name: 'canary', size: '15%' }, { name: 'half', size: '50%' }, REST],
      sizes: [2, 4, 1],
    },
    {
      what: 'a fleet of 1 leaves nothing to the later stages',
      fleet: 1,
      stages: [{ name: 'canary', size: 1 }, { name: 'early', size: '10%' }, REST],
      sizes: [1, 0, 0],
    },
    {
      what: 'a fleet of 2 under the default stages',
      fleet: 2,
      stages: [{ name: 'canary', size: 1 }, { name: 'early', size: '10%' }, REST],
      sizes: [1, 1, 0],
    },
    {
      what: 'a fleet of 3 under the default stages',
      fleet: 3,
      stages: [{ name: 'canary', size: 1 }, { name: 'early', size: '10%' }, REST],
      sizes: [1, 1, 1],
    },
    {
      what: 'a stage larger than the fleet takes all',
      fleet: 3,
      stages: [{ name: 'all', size: 40 }, { name: 'more', size: 2 }, REST],
      sizes: [3, 0, 0],
    },
    {
      what: 'a stage larger than what is left takes what is left',
      fleet: 3,
      stages: [{ name: 'canary', size: 1 }, { name: 'late', size: 40 }, REST],
      sizes: [1, 2, 0],
    },
    { what: '100 % takes all', fleet: 3, stages: [{ name: 'all', size: '100%' }, REST], sizes: [3, 0] },
    {
      what: '100 % takes what is left',
      fleet: 3,
      stages: [{ name: 'canary', size: 1 }, { name: 'all', size: '100%' }, REST],
      sizes: [1, 2, 0],
    },
    {
      what: 'more stages than targets',
      fleet: 2,
      stages: [...names(5).map((name) => ({ name, size: 1 })), REST],
      sizes: [1, 1, 0, 0, 0, 0],
    },
  ])('$what', async ({ fleet, stages, sizes }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet });
    const rollout = await world.start({ stages });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: fleet, total: fleet } } });
    const result = resultOf(outcome);
    expect(result.stages.map(({ size }) => size)).toEqual(sizes);
    expect(result.stages.map(({ counts }) => counts.changed ?? 0)).toEqual(sizes);
    expect(result.exceptions).toEqual([]);
    expect(tokensOf(world)).toEqual(each(names(fleet), 'required'));
    expect(world.updates()).toHaveLength(fleet);
    const passedOver = stages.filter((_, index) => sizes[index] === 0);
    const { warnings = [] } = await rollout.status();
    expect(warnings.filter((warning) => warning.includes('passed over'))).toEqual(
      passedOver.map(({ name }) => `Stage "${name}" has no targets and is passed over.`),
    );
  });

  it('sizes are shares of what needs a change, and what is right already is in no stage', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: [
        { region: 'us-east-1', prefix: 'done-', count: 8, options: { httpTokens: 'required' } },
        { region: 'us-east-1', prefix: 'web-', count: 2, options: { httpTokens: 'optional' } },
      ],
    });
    const outcome = await roll(world, { stages: [{ name: 'half', size: '50%' }, REST] });
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 2, compliant: 8, total: 10 }, stages: [{ size: 1 }, { size: 1 }] },
    });
    expect(new Set(Object.values(tokensOf(world)))).toEqual(new Set(['required']));
    expect(world.updates()).toHaveLength(2);
  });

  it.for([
    { what: 'an empty region', fleet: 0 },
    {
      what: 'a fleet that is compliant already',
      fleet: [{ region: 'us-east-1', prefix: 'web-', count: 3, options: { httpTokens: 'required' as const } }],
    },
  ])(
    '$what completes at once, without a lease and without a second sweep',
    async ({ fleet }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet });
      const outcome = await roll(world);
      const total = world.simulator.state.instances().length;
      expect(outcome).toMatchObject({
        status: 'completed',
        result: { ended: 'completed', counts: { total, inFlight: 0 }, coverage: { total, required: total } },
      });
      const operations = world.simulator.state.calls().map(({ operation }) => operation);
      // Who it was is asked beside the reading, for the report.
      expect(operations.toSorted()).toEqual(['GetCallerIdentity', 'GetInstances']);
      await expect(world.client.workflow.getHandle(leaseOf(world)).describe()).rejects.toThrow(/not found/);
    },
  );
});
