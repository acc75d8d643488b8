import { describe, expect, it } from 'vitest';
import { MINUTE, moment, readMetric, readSums } from './metrics-support.js';
import { fleet, openTestBed, ref, type TestBed } from './support.js';

const CHECKS = ['StatusCheckFailed', 'StatusCheckFailed_Instance', 'StatusCheckFailed_System'] as const;

/** The sums of each check's metric, a minute each, from the start of the clock. */
async function checksOf(bed: TestBed, minutes: number) {
  const window = { period: 60, startTime: moment(0), endTime: moment(minutes * MINUTE) };
  const sums = CHECKS.map((metricName) => readSums(bed, { metricName, ...window }));
  return (await Promise.all(sums)).map((series) => series.join(''));
}

describe('the metrics of the status checks', () => {
  it('are 0 while the checks pass and 1 while they fail, of the instance and in all, but never of the system', async () => {
    const bed = await openTestBed();
    bed.advance(2 * MINUTE);
    bed.state.patchInstance(ref('web-1'), { healthy: false });
    bed.advance(2 * MINUTE - 1);
    bed.state.patchInstance(ref('web-1'), { healthy: true });
    bed.advance(2 * MINUTE);
    expect(await checksOf(bed, 10)).toEqual(['001100', '001100', '000000']);
  });

  it('follow a change that harms, from when it is applied to its restore', async () => {
    const bed = await openTestBed({
      pending: { min: 60_000, max: 60_000 },
      faults: [{ times: 1, effect: { unhealthy: { afterMs: 60_000 } } }],
    });
    await bed.update({ httpTokens: 'required' });
    bed.advance(4 * MINUTE);
    await bed.update({ httpTokens: 'optional' });
    bed.advance(3 * MINUTE - 1);
    expect(await checksOf(bed, 10)).toEqual(['0011100', '0011100', '0000000']);
  });

  it('have no data of an instance while it is not running', async () => {
    const bed = await openTestBed({ fleet: [fleet({ state: 'stopped' })] });
    bed.advance(2 * MINUTE);
    expect(await checksOf(bed, 10)).toEqual(['', '', '']);
    bed.state.patchInstance(ref('web-1'), { state: 'running' });
    expect(await readMetric(bed, { metricName: 'StatusCheckFailed', period: 60, endTime: moment(9 * MINUTE) })).toEqual(
      [{ timestamp: moment(2 * MINUTE), unit: 'Count', sum: 0 }],
    );
  });

  it('add up in longer periods, and give every statistic', async () => {
    const bed = await openTestBed();
    bed.state.patchInstance(ref('web-1'), { healthy: false });
    bed.advance(3 * MINUTE - 1);
    bed.state.patchInstance(ref('web-1'), { healthy: true });
    bed.advance(7 * MINUTE);
    const [point] = await readMetric(bed, {
      metricName: 'StatusCheckFailed_Instance',
      startTime: moment(0),
      endTime: moment(5 * MINUTE),
      statistics: ['Sum', 'Maximum', 'SampleCount', 'Average'],
    });
    expect(point).toMatchObject({ sum: 3, maximum: 1, sampleCount: 5, average: 0.6 });
  });
});
