import type { GetInstanceMetricDataRequest } from '@aws-sdk/client-lightsail';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readMetadataUse, readMetadataUses } from '../../src/lightsail/index.js';

const HOUR = 3_600_000;
const NOW = new Date('2026-11-20T13:05:00Z');

beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** A Lightsail that answers with this, whatever the service's model says. */
function answering(answer: (request: GetInstanceMetricDataRequest) => object) {
  const asked: GetInstanceMetricDataRequest[] = [];
  const getInstanceMetricData = async (request: GetInstanceMetricDataRequest) => {
    asked.push(request);
    return { $metadata: { requestId: 'req-1' }, ...answer(request) };
  };
  return { asked, lightsail: { getInstanceMetricData } };
}

const data = (...metricData: unknown[]) => ({ metricName: 'MetadataNoToken', metricData });
const at = (time: string) => ({ timestamp: new Date(`2026-11-20T${time}Z`), unit: 'Count' });
const use = (reply: object, createdAt?: string) =>
  readMetadataUse(answering(() => reply).lightsail, 'web-1', {
    lookback: 14 * 24 * HOUR,
    ...(createdAt !== undefined && { createdAt }),
  });
const EXPECTED = 14 * 24;

describe('one call asks for', () => {
  async function asked(lookback: number, now = NOW) {
    vi.setSystemTime(now);
    const { lightsail, asked: requests } = answering(() => data());
    await readMetadataUse(lightsail, 'web-1', { lookback });
    expect(requests).toHaveLength(1);
    const [{ startTime, endTime, ...rest } = {}] = requests;
    expect(rest).toEqual({
      instanceName: 'web-1',
      metricName: 'MetadataNoToken',
      period: 3600,
      unit: 'Count',
      statistics: ['Sum'],
    });
    return [startTime?.toISOString(), endTime?.toISOString()];
  }

  test('whole hours, the current one included', async () => {
    expect(await asked(14 * 24 * HOUR)).toEqual(['2026-11-06T13:00:00.000Z', '2026-11-20T14:00:00.000Z']);
    expect(await asked(HOUR)).toEqual(['2026-11-20T12:00:00.000Z', '2026-11-20T14:00:00.000Z']);
    const full = new Date('2026-11-20T13:00:00Z');
    expect(await asked(HOUR, full)).toEqual(['2026-11-20T12:00:00.000Z', '2026-11-20T14:00:00.000Z']);
  });

  test('no more data points than one call may have', async () => {
    const [start = '', end = ''] = await asked(60 * 24 * HOUR);
    expect((Date.parse(end) - Date.parse(start)) / HOUR).toBe(1_440);
  });
});

describe('a reply says', () => {
  test.each([
    [
      'the sum and the hour of the last call, in any order',
      [
        { sum: 2, ...at('11:00') },
        { sum: 10, ...at('09:00') },
        { sum: 0, ...at('13:00') },
      ],
      { calls: 12, lastUsed: '2026-11-20T11:00:00.000Z', hours: 3 },
    ],
    ['no calls, where there is data', [{ sum: 0, ...at('11:00') }], { calls: 0, hours: 1 }],
    ['calls without a time', [{ sum: 3 }, { sum: 1, timestamp: 'soon' }], { calls: 4, hours: 0 }],
  ])('%s', async (_, points, reading) => {
    expect(await use(data(...points))).toEqual({ ...reading, expected: EXPECTED });
  });

  test.each([
    ['no data points', data()],
    ['a list of data points that is missing', { metricName: 'MetadataNoToken' }],
    ['a list of data points that is null', { metricName: 'MetadataNoToken', metricData: null }],
    ['a list of data points that is none', { metricName: 'MetadataNoToken', metricData: { sum: 0 } }],
    ['a data point without a sum', data({ sum: 0, ...at('11:00') }, at('12:00'))],
    ['a data point with another statistic', data({ sampleCount: 0, ...at('11:00') })],
    ['a sum as text', data({ sum: '0' })],
    ['a sum that is no number', data({ sum: Number.NaN })],
    ['a sum below zero', data({ sum: -1 }, { sum: 1 })],
    ['a data point that is null', data(null)],
    ['a data point in another unit', data({ sum: 0, ...at('11:00'), unit: 'Percent' })],
  ])('nothing that is taken for zero: %s', async (_, reply) => {
    expect(await use(reply)).toEqual({ unknown: expect.stringMatching(/^MetadataNoToken \w+/) });
  });

  test('nothing at all: a broken reply, which is asked for again', async () => {
    await expect(use({})).rejects.toMatchObject({ name: 'EmptyReply', $metadata: { requestId: 'req-1' } });
  });
});

describe('a reply proves no more than it covers:', () => {
  const zeros = (count: number, first: string) =>
    Array.from({ length: count }, (_, index) => ({ sum: 0, timestamp: new Date(Date.parse(first) + index * HOUR) }));

  test.each<[string, unknown[], object]>([
    ['all of the hours', zeros(337, '2026-11-06T13:00:00Z'), { hours: EXPECTED }],
    ['one hour of them', zeros(1, '2026-11-20T12:00:00Z'), { hours: 1 }],
    ['an hour that is there many times', Array(50).fill({ sum: 0, ...at('11:00') }), { hours: 1 }],
    ['parts of one hour', [at('11:05'), at('11:50')].map((time) => ({ sum: 0, ...time })), { hours: 1 }],
    ['no hour without a time', [{ sum: 0 }, { sum: 0, timestamp: 'soon' }], { hours: 0 }],
    ['no hour of 90 days ago', zeros(300, '2026-08-20T00:00:00Z'), { hours: 0 }],
    ['no hour just before what was asked for', zeros(1, '2026-11-06T12:00:00Z'), { hours: 0 }],
    ['no hour that is to come', zeros(300, '2026-11-20T14:00:00Z'), { hours: 0 }],
    ['no call of 90 days ago', [{ sum: 3, timestamp: new Date('2026-08-20T00:00:00Z') }], { calls: 0, hours: 0 }],
    ['a call of a time that can not be, all the same', [{ sum: 3, ...at('23:00') }], { calls: 3, hours: 0 }],
  ])('%s', async (_, points, reading) => {
    expect(await use(data(...points))).toEqual({ calls: 0, ...reading, expected: EXPECTED });
  });

  test.each([
    ['another metric', 'StatusCheckFailed'],
    ['a metric without a name', undefined],
    ['a metric whose name is no text', 7],
  ])('nothing, where it is about %s', async (_, metricName) => {
    const reply = { metricName, metricData: zeros(336, '2026-11-06T13:00:00Z') };
    expect(await use(reply)).toEqual({ unknown: 'the reply is not about MetadataNoToken' });
  });

  test.each([
    ['since three days', '2026-11-17T12:30:00.000Z', 73],
    ['since before the time that is read back', '2025-01-01T00:00:00.000Z', EXPECTED],
    ['since an hour and a bit', '2026-11-20T11:59:00.000Z', 2],
    ['since minutes ago', '2026-11-20T13:02:00.000Z', 1],
    ['since a time that is to come', '2027-01-01T00:00:00.000Z', 1],
    ['since a time that can not be read', 'yesterday', EXPECTED],
  ])('of an instance that is there %s, no more hours are expected', async (_, createdAt, expected) => {
    const points = zeros(337, '2026-11-06T13:00:00Z');
    expect(await use(data(...points), createdAt)).toEqual({ calls: 0, hours: expected, expected });
  });
});

describe('of many instances', () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => ({ index, name: `web-${index}` }));
  const error = (name: string) => Object.assign(new Error('no'), { name });

  async function readMany(count: number, errorOf: (name: string) => Error | undefined) {
    const { lightsail, asked } = answering(({ instanceName = '' }) => {
      const fault = errorOf(instanceName);
      if (fault !== undefined) throw fault;
      return data({ sum: 0 });
    });
    const read: number[] = [];
    const unknown: number[] = [];
    const faults = await readMetadataUses(lightsail, list(count), {
      lookback: HOUR,
      onRead: (index, reading) => void ('calls' in reading ? read : unknown).push(index),
    });
    return { asked: asked.length, read: read.length, unknown, faults: faults.length };
  }

  test('each is asked for once', async () => {
    expect(await readMany(50, () => undefined)).toEqual({ asked: 50, read: 50, unknown: [], faults: 0 });
  });

  test('a fault of one leaves the others', async () => {
    const fault = (name: string) => (name === 'web-3' ? error('ServiceException') : undefined);
    expect(await readMany(50, fault)).toEqual({ asked: 50, read: 49, unknown: [], faults: 1 });
  });

  test('faults of all end it soon', async () => {
    const { asked, read } = await readMany(500, () => error('ServiceException'));
    expect(read).toBe(0);
    expect(asked).toBeLessThan(20);
  });

  test('of one that is gone nothing is known', async () => {
    const fault = (name: string) => (name === 'web-3' ? error('NotFoundException') : undefined);
    expect(await readMany(5, fault)).toEqual({ asked: 5, read: 4, unknown: [3], faults: 0 });
  });

  test.each(['AccessDeniedException', 'InvalidInputException'])('%s ends it with that', async (name) => {
    await expect(readMany(500, () => error(name))).rejects.toMatchObject({ name });
  });
});
