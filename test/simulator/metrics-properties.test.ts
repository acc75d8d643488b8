import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from '../../src/simulator/world/timeline.js';
import { MINUTE, moment, readSums } from './metrics-support.js';
import { openTestBed, ref } from './support.js';

const act = fc.record({
  afterMs: fc.integer({ min: 0, max: 7 * MINUTE }),
  patch: fc.oneof(
    fc.record({ tokenless: fc.option(fc.integer({ min: 0, max: 5000 })) }),
    fc.record({ metadataOptions: fc.record({ httpTokens: fc.constantFrom('optional', 'required') }) }),
  ),
});

describe('whatever changes an instance', () => {
  it('longer periods have the calls of the shorter ones in them, and one sum is that of all samples', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
        const bed = await openTestBed();
        for (const { afterMs, patch } of acts) {
          bed.advance(afterMs);
          bed.state.patchInstance(ref('web-1'), patch);
        }
        bed.advance(5 * MINUTE);
        const window = { startTime: moment(0), endTime: moment(60 * MINUTE) };
        const total = (sums: (number | undefined)[]) => sums.reduce<number>((all, sum) => all + (sum ?? 0), 0);
        const short = total(await readSums(bed, window));
        expect(short).toBeGreaterThanOrEqual(0);
        expect(total(await readSums(bed, { ...window, period: 3600 }))).toBe(short);
        expect(total(await readSums(bed, { ...window, statistics: ['Sum', 'SampleCount'] }))).toBe(short);
        await bed.close();
      }),
      { numRuns: 30 },
    );
  });
});

describe('a timeline', () => {
  const plan = fc.record({
    afterMs: fc.nat(50),
    steps: fc.array(fc.record({ at: fc.nat(300), value: fc.nat(3) }), { minLength: 1, maxLength: 3 }),
  });

  it('is without gaps from its start, and never rewrites what is over', () => {
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 6 }), (plans) => {
        const timeline = new Timeline({ at: 0, value: 0 });
        let now = 0;
        for (const { afterMs, steps } of plans) {
          now += afterMs;
          const past = timeline.spans(0, now);
          timeline.plan(
            now,
            steps.toSorted((one, other) => one.at - other.at),
          );
          expect(timeline.spans(0, now)).toEqual(past);
        }
        const spans = timeline.spans(0, 1000);
        expect(spans.map(({ from }) => from)).toEqual([0, ...spans.slice(0, -1).map(({ to }) => to)]);
        expect(spans.at(-1)?.to).toBe(1000);
      }),
    );
  });
});
