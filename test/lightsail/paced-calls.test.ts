import { describe, expect, it, vi } from 'vitest';
import type { Lightsail } from '../../src/lightsail/api.js';
import { pacedCalls } from '../../src/lightsail/paced-calls.js';
import { Pacer } from '../../src/lightsail/pacer.js';
import { until } from '../support/wait.js';

/** Answers as it is told, and knows who asked. */
function service(answer: () => Promise<unknown> = async () => ({ $metadata: {} })) {
  const calls: string[] = [];
  const method = (name: string) => async () => {
    calls.push(name);
    return answer();
  };
  const lightsail = {
    getInstance: method('get'),
    getInstances: method('list'),
    updateInstanceMetadataOptions: method('update'),
    getInstanceMetricData: method('metrics'),
    getOperations: method('operations'),
    getRegions: method('regions'),
  } as unknown as Lightsail;
  return { calls, lightsail };
}

/** The first call goes at once; the next one has to wait for ever, as far as a test is concerned. */
const SLOW = { ratePerSecond: 0.001, burst: 1 };

describe('paced calls', () => {
  it('wait for their turn, all of one pacer together', async () => {
    const { calls, lightsail } = service();
    const paced = pacedCalls(lightsail, new Pacer({ ratePerSecond: 0.001, burst: 2 }));
    await paced.getInstance({ instanceName: 'web-1' });
    await paced.getInstances({});
    const leaving = new AbortController();
    const third = paced.getInstance({ instanceName: 'web-2' }, { abortSignal: leaving.signal });
    leaving.abort(new Error('not wanted'));
    await expect(third).rejects.toThrow('not wanted');
    expect(calls).toEqual(['get', 'list']);
  });

  it('let the reading that a reserved Update waits for go before other Updates', async () => {
    const { calls, lightsail } = service();
    const paced = pacedCalls(lightsail, new Pacer({ ratePerSecond: 200, burst: 1 }));
    const work = [
      paced.getInstances({}),
      paced.getInstance({ instanceName: 'web-1' }),
      paced.updateInstanceMetadataOptions({ instanceName: 'web-2' }),
      paced.getInstance({ instanceName: 'web-3' }, { urgent: true }),
    ];
    await Promise.all(work);
    expect(calls).toEqual(['list', 'get', 'update', 'get']);
  });

  it('send a reserved Update without another wait', async () => {
    const { calls, lightsail } = service();
    const paced = pacedCalls(lightsail, new Pacer(SLOW));
    await paced.reserveWrite?.();
    await paced.updateInstanceMetadataOptions({ instanceName: 'web-1' }, { reserved: true });
    expect(calls).toEqual(['update']);
  });

  it('slow the pacer down where the service throttles, and only there', async () => {
    const pacer = new Pacer({ ratePerSecond: 8, burst: 8 });
    const failing = (name: string) =>
      pacedCalls(service(() => Promise.reject(Object.assign(new Error(name), { name }))).lightsail, pacer);
    await expect(failing('ServiceException').getInstances({})).rejects.toThrow();
    expect(pacer.rate).toBe(8);
    await expect(failing('ThrottlingException').getInstances({})).rejects.toThrow();
    expect(pacer.rate).toBeLessThan(5);
  });

  it('say now and then that they wait, and leave where nobody wants them any more', async () => {
    const { calls, lightsail } = service();
    const paced = pacedCalls(lightsail, new Pacer(SLOW), 10);
    await paced.getInstances({});
    const onWait = vi.fn();
    const leaving = new AbortController();
    const waiting = paced.getInstances({}, { onWait, abortSignal: leaving.signal });
    const moot = paced.getInstances({}, { onWait: () => Promise.reject(new Error('terminated')) });
    await expect(moot).rejects.toThrow('terminated');
    await until(() => expect(onWait.mock.calls.length).toBeGreaterThan(2));
    leaving.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(calls).toEqual(['list']);
  });

  it('are metrics and the list of regions too', async () => {
    const { calls, lightsail } = service();
    const paced = pacedCalls(lightsail, new Pacer({ ratePerSecond: 0.001, burst: 1 }));
    await paced.getRegions({});
    const leaving = new AbortController();
    const metrics = paced.getInstanceMetricData(METRICS, { abortSignal: leaving.signal });
    leaving.abort(new Error('not wanted'));
    await expect(metrics).rejects.toThrow('not wanted');
    expect(calls).toEqual(['regions']);
  });
});

const METRICS = {
  instanceName: 'web-1',
  metricName: 'MetadataNoToken',
  period: 60,
  startTime: new Date(0),
  endTime: new Date(1),
  unit: 'Count',
  statistics: ['Sum'],
} as const satisfies Parameters<Lightsail['getInstanceMetricData']>[0];
