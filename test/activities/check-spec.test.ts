import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createCheckSpec } from '../../src/activities/check-spec.js';
import { canonicalHost } from '../../src/activities/probe-hosts.js';
import type { WorkerSettings } from '../../src/activities/settings.js';
import { spec } from '../rollout/builders.js';

/** What the worker says of a spec with this in it; nothing where it takes it. */
async function refusal(changes: Readonly<Record<string, unknown>>, settings?: WorkerSettings): Promise<string[]> {
  try {
    await createCheckSpec(settings)(spec(changes));
    return [];
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    expect(error).toMatchObject({ type: 'InvalidRolloutSpec', nonRetryable: true });
    const [, ...problems] = error.message.split('\n');
    return problems;
  }
}

const http = (url: string) => ({ health: { checks: [{ http: { url } }] } });
const activity = (taskQueue: string) => ({ health: { checks: [{ activity: { type: 'myCheck', taskQueue } }] } });
const hosts = (...allowHosts: string[]): WorkerSettings => ({ probes: { allowHosts } });

describe('a spec is taken', () => {
  it.each<[string, Readonly<Record<string, unknown>>, WorkerSettings?]>([
    ['without checks', { health: { checks: [] } }],
    ['with the status check', {}],
    ['with a probe of its own address', http('http://{publicIpAddress}/health')],
    ['with a port', http('https://{publicIpAddress}:8443/health?x={name}')],
    ['with a listed host', http('http://Health.example.com:8080/'), hosts('health.EXAMPLE.com')],
    ['with a listed address', http('http://[2001:4860:0::1]/'), hosts('2001:4860::1')],
    [
      'with a host made of placeholders that a listed one fits',
      http('http://{name}.example.com/'),
      hosts('web-1.example.com'),
    ],
    [
      'with a loopback address on a worker that allows it',
      http('http://127.0.0.1/'),
      { probes: { allowHosts: ['127.0.0.1'], allowPrivate: true } },
    ],
    ['with a listed task queue', activity('mine'), { taskQueues: ['other', 'mine'] }],
    [
      'that notifies by a listed task queue',
      { notify: { activity: { type: 'n', taskQueue: 'mine' } } },
      { taskQueues: ['mine'] },
    ],
  ])('%s', async (_, changes, settings) => {
    expect(await refusal(changes, settings)).toEqual([]);
  });
});

describe('a spec is refused, with the field and the remedy', () => {
  const URL_FIELD = 'health.checks[0].http.url';

  it.each<[string, Readonly<Record<string, unknown>>, WorkerSettings | undefined, RegExp]>([
    [
      'another host',
      http('http://example.com/'),
      undefined,
      /sends no probes to example\.com: .*--allow-probe-host example\.com$/,
    ],
    [
      'a host that only begins like a listed one',
      http('http://example.com.evil.net/'),
      hosts('example.com'),
      /no probes to example\.com\.evil\.net/,
    ],
    [
      'a host before a backslash',
      http('http://evil.net\\.example.com/'),
      hosts('example.com'),
      /no probes to evil\.net/,
    ],
    ['a number for a host', http('http://2130706433/'), undefined, /no probes to 127\.0\.0\.1/],
    [
      'a host made of placeholders that no listed one fits',
      http('http://{name}.evil.net/'),
      hosts('web-1.example.com'),
      /--allow-probe-host HOST/,
    ],
    [
      'its own address as a part of a host',
      http('http://{publicIpAddress}.nip.io/'),
      hosts('example.com'),
      /no probes to \{publicipaddress\}\.nip\.io/,
    ],
    ['no host', http('http://a b/'), hosts('example.com'), /is no host/],
    ['a loopback address that is listed', http('http://127.0.0.1/'), hosts('127.0.0.1'), /--allow-private-probes$/],
    ['a private address that is listed', http('http://10.0.0.1/'), hosts('10.0.0.1'), /--allow-private-probes$/],
    [
      'the metadata service, whatever is allowed',
      http('http://169.254.169.254/'),
      { probes: { allowHosts: ['169.254.169.254'], allowPrivate: true } },
      /never probed$/,
    ],
  ])('%s', async (_, changes, settings, says) => {
    const problems = await refusal(changes, settings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${URL_FIELD.replaceAll(/[[\].]/g, '\\$&')}: `));
    expect(problems[0]).toMatch(says);
  });

  it('every field, and not only the first', async () => {
    const checks = [
      { status: true },
      { http: { url: 'http://example.com/?token=T0PSECRET' } },
      { activity: { type: 'myCheck', taskQueue: 'theirs' } },
    ];
    const notify = { activity: { type: 'myNotify', taskQueue: 'mine' } };
    const problems = await refusal({ health: { checks }, notify }, { taskQueues: ['Mine', 'mine-2'] });
    expect(problems.map((problem) => problem.replace(/: .*/, ''))).toEqual([
      'health.checks[1].http.url',
      'health.checks[2].activity.taskQueue',
      'notify.activity.taskQueue',
    ]);
    expect(problems[2]).toContain('--allow-task-queue mine');
    expect(problems.join()).not.toContain('T0PSECRET');
  });

  it('in no time, though its host is all placeholders', async () => {
    const since = Date.now();
    await refusal(http(`http://${'{name}'.repeat(75)}/`), hosts(`${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`));
    await refusal(http(`http://${'{name}a'.repeat(65)}b/`), hosts('a'.repeat(60)));
    expect(Date.now() - since).toBeLessThan(20_000);
  });
});

describe('a host', () => {
  it.each([
    ['Health.Example.com', 'health.example.com'],
    ['[2001:4860:0::1]', '2001:4860::1'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.1', undefined],
    ['2130706433', undefined],
    ['http://example.com', undefined],
    ['example.com:80', undefined],
    ['*.example.com', undefined],
    ['', undefined],
  ])('that is written %s is %s', (text, host) => {
    expect(canonicalHost(text)).toBe(host);
  });
});

it('a host of the worker that is none allows nothing', async () => {
  expect(await refusal(http('http://health.example.com/'), hosts('http://health.example.com'))).toEqual([
    expect.stringContaining('this worker sends no probes to health.example.com'),
  ]);
});

it.each(['ftp://example.com/', 'example.com', 'http:///health', ''])(
  'an address that no client would send, but a workflow started by hand may (%j), has no host to allow',
  async (url) => {
    const input = { ...spec(), health: { ...spec().health, checks: [{ kind: 'http', url, expect: 200 } as const] } };
    await expect(createCheckSpec(hosts('example.com'))(input)).rejects.toMatchObject({
      type: 'InvalidRolloutSpec',
      message: expect.stringContaining('health.checks[0].http.url: "" is no host'),
    });
  },
);

it('a worker whose settings name no hosts sends probes to none but the instances themselves', async () => {
  expect(await refusal(http('http://127.0.0.1/'), { probes: { allowPrivate: true } })).toEqual([
    expect.stringContaining('this worker sends no probes to 127.0.0.1'),
  ]);
});
