import { GetInstanceCommand, GetInstancesCommand, GetRegionsCommand } from '@aws-sdk/client-lightsail';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/simulator/faults/glob.js';
import type { FaultInput } from '../../src/simulator/index.js';
import { ACCOUNT, fleet, openTestBed, rejectionOf, type TestBed } from './support.js';

const OTHER = '444455556666';
const effect = { error: 'ServiceException' };

/** Which of a set of calls a fault strikes: each in its order, by its label. */
async function struckBy(fault: Omit<FaultInput, 'effect'>): Promise<string[]> {
  const bed = await openTestBed({
    accounts: [{ id: ACCOUNT }, { id: OTHER }],
    fleet: [fleet(), fleet({ region: 'eu-west-1' }), fleet({ account: OTHER })],
    faults: [{ ...fault, effect }],
  });
  const calls: [string, () => Promise<unknown>][] = [
    ['web-1', () => bed.read('web-1')],
    ['web-2', () => bed.read('web-2')],
    ['web-10', () => bed.read('web-10')],
    ['update', () => bed.update({})],
    ['list', () => bed.client().send(new GetInstancesCommand({}))],
    ['regions', () => bed.client().send(new GetRegionsCommand({}))],
    ['elsewhere', () => bed.client('eu-west-1').send(new GetInstanceCommand({ instanceName: 'web-1' }))],
    [
      'other account',
      () => bed.client('us-east-1', `AKIASIMU${OTHER}`).send(new GetInstanceCommand({ instanceName: 'web-1' })),
    ],
  ];
  const struck: string[] = [];
  for (const [label, call] of calls) {
    const failed = await call().then(
      () => false,
      () => true,
    );
    if (failed) struck.push(label);
  }
  return struck;
}

const ALL = ['web-1', 'web-2', 'web-10', 'update', 'list', 'regions', 'elsewhere', 'other account'];

describe('the selector', () => {
  const cases: [Omit<FaultInput, 'effect'>, string[]][] = [
    [{}, ALL],
    [{ operation: 'GetInstances' }, ['list']],
    [{ operation: 'GetInstance' }, ['web-1', 'web-2', 'web-10', 'elsewhere', 'other account']],
    [{ account: OTHER }, ['other account']],
    [{ region: 'eu-west-1' }, ['elsewhere']],
    [{ instance: 'web-1' }, ['web-1', 'update', 'elsewhere', 'other account']],
    [{ instance: 'web-1?' }, ['web-10']],
    [{ instance: '*2' }, ['web-2']],
    [{ instance: 'web-1', operation: 'GetInstance', account: ACCOUNT, region: 'us-east-1' }, ['web-1']],
    [{ after: 6 }, ['elsewhere', 'other account']],
    [{ times: 2 }, ['web-1', 'web-2']],
    [{ after: 1, times: 2 }, ['web-2', 'web-10']],
    [{ instance: 'web-1', after: 1, times: 1 }, ['update']],
    [{ probability: 0 }, []],
    [{ probability: 1 }, ALL],
  ];
  it.each(cases)('%j strikes %j', async (selector, expected) => {
    expect(await struckBy(selector)).toEqual(expected);
  });
});

describe('several faults', () => {
  it('give way in their order: the first that strikes decides, and one that is used up lets the next decide', async () => {
    const bed = await openTestBed({
      faults: [
        { times: 1, effect: { error: 'AccessDeniedException' } },
        { times: 2, effect: { error: 'ServiceException' } },
      ],
    });
    const names: unknown[] = [];
    for (const name of ['web-1', 'web-1', 'web-1']) names.push(await rejectionOf(bed.read(name)));
    expect(names).toMatchObject([
      { name: 'AccessDeniedException' },
      { name: 'ServiceException' },
      { name: 'ServiceException' },
    ]);
    expect((await bed.read('web-1'))?.name).toBe('web-1');
  });

  it('for updates only leave reads alone', async () => {
    const bed = await openTestBed({ faults: [{ effect: { stuckPending: true } }] });
    await bed.read('web-1');
    await bed.update({});
    expect(bed.state.calls().map((call) => call.effect)).toEqual([null, 'stuckPending']);
  });
});

describe('chance', () => {
  async function struckInstances(bed: TestBed, order: readonly string[]): Promise<string[]> {
    await Promise.all(order.map((name) => bed.read(name).catch(() => undefined)));
    const struck = bed.state.calls().filter((call) => call.effect !== null);
    return struck.map((call) => call.instanceName ?? '').sort();
  }

  it('strikes about as often as the probability says', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 400 })], faults: [{ probability: 0.25, effect }] });
    const names = bed.state.instances().map(({ name }) => name);
    const { length } = await struckInstances(bed, names);
    expect(length).toBeGreaterThan(60);
    expect(length).toBeLessThan(140);
  });

  it('strikes the same calls again with the same seed, in whatever order they come', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `web-${index + 1}`);
    const orders = fc.shuffledSubarray([...names, ...names, ...names], { minLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer(), orders, async (seed, order) => {
        const scenario = { seed, faults: [{ probability: 0.5, effect }] };
        const [first, second] = [await openTestBed(scenario), await openTestBed(scenario)];
        const expected = await struckInstances(first, [...names, ...names, ...names]);
        expect(await struckInstances(second, order)).toEqual(expected);
        await Promise.all([first.close(), second.close()]);
      }),
      { numRuns: 5 },
    );
  });
});

describe('a glob', () => {
  it('of a name without wildcards is that name alone', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.+$()[\]{}|^-]{1,12}$/), fc.string(), (name, other) => {
        expect(compileGlob(name)(name)).toBe(true);
        expect(compileGlob(name)(other)).toBe(other === name);
      }),
    );
  });
});
