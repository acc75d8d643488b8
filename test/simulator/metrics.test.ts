import { GetInstanceMetricDataCommand } from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, metricRequest, moment, readMetric, readSums, STARTED } from './metrics-support.js';
import { callControl, fleet, openTestBed, REGION, ref, rejectionOf } from './support.js';

const WEB_1 = `instances/${ref('web-1').account}/${REGION}/web-1`;

describe('MetadataNoToken', () => {
  it('reports no calls, unless the scenario has some', async () => {
    const bed = await openTestBed();
    expect(await readSums(bed)).toEqual(Array.from({ length: 12 }, () => 0));
  });

  it('spreads the calls of an hour over its periods, at the times where they start', async () => {
    const bed = await openTestBed({ fleet: [fleet({ tokenless: 120 })] });
    const points = await readMetric(bed, { period: 600 });
    expect(points).toEqual(
      Array.from({ length: 6 }, (_, index) => ({
        timestamp: moment(index * 10 * MINUTE - HOUR),
        sum: 20,
        unit: 'Count',
      })),
    );
  });

  it.each([
    [300, 12],
    [3600, 1],
    [86_400, 14],
  ])('in periods of %i s has the same calls in all', async (period, count) => {
    const bed = await openTestBed({ fleet: [fleet({ tokenless: 7 })] });
    const startTime = new Date(STARTED - count * period * 1000);
    const sums = await readSums(bed, { period, startTime });
    expect(sums).toHaveLength(count);
    expect(sums.reduce((total = 0, sum = 0) => total + sum, 0)).toBe((7 * count * period) / 3600);
  });

  it('is there every 300 s only, also in shorter periods', async () => {
    const bed = await openTestBed({ fleet: [fleet({ tokenless: 120 })] });
    const points = await readMetric(bed, { period: 60, startTime: moment(-10 * MINUTE) });
    expect(points.map(({ timestamp, sum }) => [timestamp, sum])).toEqual([
      [moment(-10 * MINUTE), 10],
      [moment(-5 * MINUTE), 10],
    ]);
  });

  it('gives each statistic that is asked for', async () => {
    const bed = await openTestBed({ fleet: [fleet({ tokenless: 6 })] });
    const statistics = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'] as const;
    const [point] = await readMetric(bed, { period: 3600, statistics: [...statistics] });
    expect(point).toMatchObject({ sum: 6, average: 0.5, minimum: 0, maximum: 1, sampleCount: 12 });
  });

  it('has no data points for null, and none in a unit other than Count', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 1, tokenless: null }), fleet({ prefix: 'api-' })] });
    expect(await readMetric(bed)).toEqual([]);
    expect(await readMetric(bed, { instanceName: 'api-1', unit: 'Bytes' })).toEqual([]);
  });

  it('has no data points of the time to come, nor of the time before the creation', async () => {
    const bed = await openTestBed();
    bed.advance(30 * MINUTE);
    bed.state.createInstance({ ...ref('new-1'), tokenless: 60 });
    bed.advance(10 * MINUTE);
    const request = { instanceName: 'new-1', startTime: moment(0), endTime: moment(5 * HOUR) };
    const points = await readMetric(bed, request);
    expect(points.map(({ timestamp, sum }) => [timestamp, sum])).toEqual([
      [moment(30 * MINUTE), 5],
      [moment(35 * MINUTE), 5],
      [moment(40 * MINUTE), 1],
    ]);
  });

  it('reads 0 from when tokens are required, though the calls go on, and counts again from when they are not', async () => {
    const bed = await openTestBed({ fleet: [fleet({ tokenless: 60 })], pending: { min: 600_000, max: 600_000 } });
    await bed.update({ httpTokens: 'required' });
    bed.advance(30 * MINUTE);
    await bed.update({ httpTokens: 'optional' });
    bed.advance(20 * MINUTE - 1);
    const sums = await readSums(bed, { period: 600, startTime: moment(0), endTime: moment(50 * MINUTE) });
    expect(sums).toEqual([10, 0, 0, 0, 10]);
  });

  it.each([{ httpTokens: 'required' } as const, { httpEndpoint: 'disabled' } as const])(
    'reads 0 from when a PATCH says %j',
    async (metadataOptions) => {
      const bed = await openTestBed({ fleet: [fleet({ tokenless: 60 })] });
      bed.advance(10 * MINUTE);
      bed.state.patchInstance(ref('web-1'), { metadataOptions });
      bed.advance(10 * MINUTE - 1);
      expect(await readSums(bed, { startTime: moment(0), endTime: moment(20 * MINUTE) })).toEqual([5, 5, 0, 0]);
    },
  );

  it('counts again what a change that is taken back had stopped', async () => {
    const bed = await openTestBed({
      fleet: [fleet({ tokenless: 60 })],
      faults: [{ effect: { revertAfterMs: 600_000 } }],
    });
    await bed.update({ httpTokens: 'required' });
    bed.advance(20 * MINUTE - 1);
    expect(await readSums(bed, { startTime: moment(0), endTime: moment(20 * MINUTE) })).toEqual([0, 0, 5, 5]);
  });

  it('keeps what was, when the calls begin or cease behind the back of a rollout', async () => {
    const bed = await openTestBed();
    bed.advance(10 * MINUTE + 1);
    expect((await callControl(bed, 'PATCH', WEB_1, { tokenless: 12 })).json).toMatchObject({ tokenless: 12 });
    const request = { startTime: moment(0), endTime: moment(20 * MINUTE) };
    expect(await readSums(bed, request)).toEqual([0, 0, 1]);
    bed.advance(5 * MINUTE);
    expect((await callControl(bed, 'PATCH', WEB_1, { tokenless: null })).json).toMatchObject({ tokenless: null });
    bed.advance(10 * MINUTE);
    expect(await readSums(bed, request)).toEqual([0, 0, 1, 0]);
  });

  it('shows the calls of a host that begins to make them by the effect tokenless', async () => {
    const faults = [
      { operation: 'GetInstanceMetricData', instance: 'web-1', after: 1, times: 1, effect: { tokenless: 3 } },
    ] as const;
    const bed = await openTestBed({ faults: [...faults] });
    const request = { endTime: moment(1000) };
    expect((await readSums(bed, request)).at(-1)).toBe(0);
    expect((await readSums(bed, request)).at(-1)).toBe(1);
    expect(bed.state.instance(ref('web-1'))?.tokenless).toBe(3);
    expect(bed.state.instance(ref('web-2'))?.tokenless).toBe(0);
    expect(bed.state.calls()).toMatchObject([{ effect: null }, { effect: 'tokenless', instanceName: 'web-1' }]);
  });
});

describe('a request for metric data is refused', () => {
  const required = ['instanceName', 'metricName', 'period', 'startTime', 'endTime', 'unit', 'statistics'] as const;
  it.each(required)('without %s', async (member) => {
    const bed = await openTestBed();
    const { [member]: _, ...others } = metricRequest();
    const input = JSON.parse(JSON.stringify(others), revive);
    const call = bed.client().send(new GetInstanceMetricDataCommand(input));
    const rejection = { name: 'InvalidInputException', message: expect.stringContaining(member) };
    expect(await rejectionOf(call)).toMatchObject(rejection);
  });

  const cases: [string, Partial<Parameters<typeof readMetric>[1]>, string, RegExp][] = [
    ['for a period of 59 s', { period: 59 }, 'InvalidInputException', /period/],
    ['for a period of 86,460 s', { period: 86_460 }, 'InvalidInputException', /period/],
    ['for a period of a minute and a half', { period: 90 }, 'InvalidInputException', /period/],
    ['for no time', { endTime: moment(-HOUR) }, 'InvalidInputException', /startTime/],
    [
      'for more data points than there may be',
      { period: 60, startTime: moment(-25 * HOUR) },
      'InvalidInputException',
      /1500/,
    ],
    ['for no statistics', { statistics: [] }, 'InvalidInputException', /statistics/],
    ['for a metric that it does not have', { metricName: 'NetworkIn' }, 'InvalidInputException', /NetworkIn/],
    ['for an unknown instance', { instanceName: 'no-one' }, 'NotFoundException', /no-one/],
  ];
  it.each(cases)('%s', async (_name, input, name, message) => {
    const bed = await openTestBed();
    expect(await rejectionOf(readMetric(bed, input))).toMatchObject({ name, message: expect.stringMatching(message) });
  });
});

/** JSON has no dates. */
function revive(key: string, value: unknown): unknown {
  return key.endsWith('Time') ? new Date(String(value)) : value;
}
