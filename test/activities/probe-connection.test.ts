import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { expect, it } from 'vitest';
import { type ProbeTarget, probe } from '../../src/activities/probe.js';
import { listen } from '../support/listen.js';
import { makeCertificates } from '../support/tls-gateway.js';

const TARGET: ProbeTarget = { account: '111122223333', region: 'us-east-1', name: 'web-7', addresses: ['127.0.0.1'] };
const LOOPBACK = { allowPrivate: true } as const;

it('a certificate that is not trusted here says nothing of the instance', async () => {
  const { server } = await makeCertificates();
  const port = await listen(createHttpsServer(server, (_, response) => response.writeHead(200).end()));
  const reading = await probe({ url: `https://{publicIpAddress}:${port}/`, expect: 200 }, TARGET, LOOPBACK);
  expect(reading).toEqual({
    verdict: 'inconclusive',
    reason: expect.stringMatching(/^its certificate is not trusted here \([A-Z_]+\)$/),
  });
});

it('a host that is looked up for longer than a probe may take says nothing of the instance', async () => {
  const url = 'http://health.example.com/?token=T0PSECRET';
  const options = { timeout: 50, resolve: () => new Promise<never>(() => undefined) };
  const reading = await probe({ url, expect: 200 }, TARGET, { allowHosts: ['health.example.com'] }, options);
  expect(reading).toEqual({ verdict: 'inconclusive', reason: 'no connection within 0.05 s' });
});

it('a placeholder that nobody knows stands for nothing', async () => {
  const paths: (string | undefined)[] = [];
  const server = createHttpServer(({ url }, response) => {
    paths.push(url);
    response.writeHead(200).end();
  });
  const url = `http://{publicIpAddress}:${await listen(server)}/{stage}/{constructor}/{name}`;
  expect(await probe({ url, expect: 200 }, TARGET, LOOPBACK)).toMatchObject({ verdict: 'pass' });
  expect(paths).toEqual(['///web-7']);
});
