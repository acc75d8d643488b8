import { GetOperationsCommand } from '@aws-sdk/client-lightsail';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestBed, type TestBed } from './support.js';

/** Updates every instance in the order given, and tells all that a client could learn of it. */
async function runOf(seed: number, order: readonly string[]) {
  const bed = await openTestBed({ seed, pending: { min: 100, max: 10_000 } });
  for (const instanceName of order) await bed.update({ instanceName, httpTokens: 'required' });
  const appliedAfter = await timesToApplied(bed);
  const { operations } = await bed.client().send(new GetOperationsCommand({}));
  const arns = bed.state.instances().map(({ arn }) => arn);
  await bed.close();
  return { appliedAfter, arns, operations: operations?.map(({ id }) => id) };
}

async function timesToApplied(bed: TestBed): Promise<Record<string, number>> {
  const appliedAfter: Record<string, number> = {};
  for (let elapsed = 0; elapsed <= 10_000; elapsed += 100) {
    for (const { name, metadataOptions } of bed.state.instances()) {
      if (metadataOptions?.state === 'applied') appliedAfter[name] ??= elapsed;
    }
    bed.advance(100);
  }
  return appliedAfter;
}

describe('a seed', () => {
  const names = Array.from({ length: 10 }, (_, index) => `web-${index + 1}`);

  it('makes a run repeat: ARNs, delays and operation IDs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        expect(await runOf(seed, names)).toEqual(await runOf(seed, names));
      }),
      { numRuns: 4 },
    );
  });

  it('keeps the delay of each instance when the calls come in another order', async () => {
    const [forwards, backwards] = [await runOf(7, names), await runOf(7, names.toReversed())];
    expect(backwards.appliedAfter).toEqual(forwards.appliedAfter);
    expect(new Set(Object.values(forwards.appliedAfter)).size).toBeGreaterThan(5);
  });

  it('that is another makes another run', async () => {
    const [one, two] = [await runOf(1, names), await runOf(2, names)];
    expect(two.arns).not.toEqual(one.arns);
    expect(two.appliedAfter).not.toEqual(one.appliedAfter);
  });
});
