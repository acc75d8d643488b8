import { Agent, request } from 'node:http';
import { GetInstancesCommand, LightsailClient } from '@aws-sdk/client-lightsail';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startSimulator } from '../../src/simulator/index.js';
import { until } from '../support/wait.js';
import { fleet, openTestBed, rejectionOf } from './support.js';

describe('the throttle', () => {
  it('lets a burst through, then answers ThrottlingException until tokens come back', async () => {
    const bed = await openTestBed({ throttle: { ratePerSecond: 10, burst: 3 } });
    for (let call = 0; call < 3; call += 1) await bed.read('web-1');
    expect(await rejectionOf(bed.read('web-1'))).toMatchObject({
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 400 },
    });
    bed.advance(100);
    await bed.read('web-1');
    expect(await rejectionOf(bed.read('web-1'))).toMatchObject({ name: 'ThrottlingException' });
    bed.advance(60_000);
    for (let call = 0; call < 3; call += 1) await bed.read('web-1');
    expect(await rejectionOf(bed.read('web-1'))).toMatchObject({ name: 'ThrottlingException' });
    expect(bed.state.calls().filter(({ error }) => error === 'ThrottlingException')).toHaveLength(3);
  });

  it('counts each account and region on its own', async () => {
    const accounts = [{ id: '111122223333' }, { id: '444455556666' }];
    const bed = await openTestBed({ accounts, throttle: { ratePerSecond: 1, burst: 1 } });
    for (const region of ['us-east-1', 'eu-west-1']) {
      for (const { id } of accounts) {
        await bed.client(region, `AKIASIMU${id}`).send(new GetInstancesCommand({}));
      }
    }
    expect(bed.state.calls().map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('does not let faults see a call that it refused', async () => {
    const bed = await openTestBed({
      throttle: { ratePerSecond: 1, burst: 1 },
      faults: [{ after: 1, effect: { error: 'ServiceException' } }],
    });
    await bed.read('web-1');
    await rejectionOf(bed.read('web-1'));
    bed.advance(1000);
    expect(await rejectionOf(bed.read('web-1'))).toMatchObject({ name: 'ServiceException' });
  });
});

describe('the latency', () => {
  it('delays every reply, errors too', async () => {
    const bed = await openTestBed({ latency: { min: 30, max: 40 } });
    const started = performance.now();
    await bed.read('web-1');
    await rejectionOf(bed.read('no-one'));
    // Timers may fire up to a millisecond early.
    expect(performance.now() - started).toBeGreaterThanOrEqual(58);
  });
});

describe('close', () => {
  it('ends at once with idle connections and an unanswered call, and may be called again', async () => {
    const simulator = await startSimulator({ scenario: { latency: { min: 60_000, max: 60_000 }, fleet: [fleet()] } });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await new Promise<void>((resolve, reject) => {
      request(`${simulator.url}/_sim/instances`, { agent }, (reply) => reply.resume().once('end', resolve))
        .once('error', reject)
        .end();
    });
    const unanswered = rejectionOf(fetch(simulator.url, { method: 'POST', body: '{}' }));
    await until(() => expect(simulator.state.calls()).toHaveLength(1));
    const started = performance.now();
    await simulator.close();
    expect(performance.now() - started).toBeLessThan(1000);
    await unanswered;
    await simulator.close();
    expect(await rejectionOf(fetch(simulator.url))).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('startSimulator', () => {
  it('without a scenario has a fleet, and an environment that leads a client there', async () => {
    const { url, env, state, close } = await startSimulator();
    onTestFinished(close);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(env).toEqual({
      AWS_ENDPOINT_URL_LIGHTSAIL: url,
      AWS_ENDPOINT_URL_STS: url,
      AWS_ACCESS_KEY_ID: 'AKIASIMULATOR0000001',
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_REGION: 'us-east-1',
    });
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const client = new LightsailClient({ maxAttempts: 1 });
    const { instances } = await client.send(new GetInstancesCommand({}));
    expect(instances).toHaveLength(20);
    expect(state.instances().length).toBeGreaterThan(20);
  });

  it('has the keys of its first account as a client takes them', async () => {
    const accounts = [{ id: '444455556666' }, { id: '111122223333' }];
    const { url, credentials } = await openTestBed({ accounts });
    const client = new STSClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
    onTestFinished(() => client.destroy());
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '444455556666' });
  });

  it('refuses a port that is taken', async () => {
    const bed = await openTestBed();
    const port = Number(new URL(bed.url).port);
    expect(await rejectionOf(startSimulator({ port }))).toMatchObject({ code: 'EADDRINUSE' });
  });

  it('gives a URL that can be called when it listens on every address', async () => {
    const simulator = await startSimulator({ host: '0.0.0.0' });
    onTestFinished(simulator.close);
    expect((await fetch(`${simulator.url}/_sim/calls`)).status).toBe(200);
  });

  it('serves a fleet of 10,000 page by page without slowing down at its end', async () => {
    const bed = await openTestBed({ pageSize: 1000, fleet: [fleet({ count: 10_000 })] });
    let seen = 0;
    let pageToken: string | undefined;
    do {
      const page = await bed.client().send(new GetInstancesCommand({ pageToken }));
      seen += page.instances?.length ?? 0;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(seen).toBe(10_000);
  });
});
