import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { InvalidControlInputError } from '../../src/simulator/index.js';
import { isLoopbackAddress, isLoopbackHost } from '../../src/simulator/wire/loopback.js';
import { ACCOUNT, callControl, openTestBed, REGION, ref } from './support.js';

const WEB_1 = `instances/${ACCOUNT}/${REGION}/web-1`;

describe('bad input', () => {
  const cases: [string, string, unknown, string][] = [
    ['PATCH', WEB_1, { metadataOptions: { httpTokens: 'maybe' } }, 'metadataOptions.httpTokens'],
    ['PATCH', WEB_1, { metadataOptions: { httpPutResponseHopLimit: 65 } }, 'metadataOptions.httpPutResponseHopLimit'],
    ['PATCH', WEB_1, { metadataOptions: { httpProtocolIpv6: 'enabled' } }, 'metadataOptions.httpProtocolIpv6'],
    ['PATCH', WEB_1, { state: 'asleep' }, 'state'],
    ['PATCH', WEB_1, { tags: { env: 1 } }, 'tags.env'],
    ['PATCH', WEB_1, { colour: 'red' }, 'colour'],
    ['PATCH', WEB_1, { healthy: 'no' }, 'healthy'],
    ['PATCH', WEB_1, { tokenless: -1 }, 'tokenless'],
    ['PATCH', WEB_1, 'text', ''],
    ['POST', 'instances', { ...ref('web-1') }, 'name'],
    ['POST', 'instances', { ...ref('-x') }, 'name'],
    ['POST', 'instances', { ...ref('new-1'), account: '999999999999' }, 'account'],
    ['POST', 'instances', { ...ref('new-1'), region: 'mars-1' }, 'region'],
    ['POST', 'instances', { ...ref('new-1'), healthy: null }, 'healthy'],
    ['POST', 'instances', { ...ref('new-1'), tokenless: '5' }, 'tokenless'],
    ['GET', `http/${ACCOUNT}/${REGION}/web-1?deep=1`, undefined, '?deep'],
    ['POST', 'faults', { effect: {} }, 'effect'],
    ['POST', 'faults', { effect: { unhealthy: { afterMs: -1 } } }, 'effect.unhealthy.afterMs'],
    ['POST', 'faults', { effect: { tokenless: -1 } }, 'effect.tokenless'],
    ['POST', 'faults', { operation: 'GetInstance', effect: { expiresAfterMs: 1 } }, 'operation'],
    ['POST', 'faults', { operation: 'GetInstanse', effect: { drop: true } }, 'operation'],
    ['GET', 'calls?op=GetInstance', undefined, '?op'],
    ['DELETE', 'calls?operation=GetInstance', undefined, '?operation'],
  ];
  it.each(cases)('%s %s %j is refused and names %j', async (method, path, body, problemPath) => {
    const bed = await openTestBed();
    const before = bed.state.instances();
    const { status, json } = await callControl(bed, method, path, body);
    expect(status).toBe(400);
    const problem = { path: problemPath, problem: expect.any(String), remedy: expect.any(String) };
    expect(json).toMatchObject({ error: { type: 'InvalidControlInput', problems: [problem] } });
    expect(bed.state.instances()).toEqual(before);
  });

  it('that is not JSON is refused', async () => {
    const bed = await openTestBed();
    const reply = await fetch(`${bed.url}/_sim/faults`, { method: 'POST', body: '{' });
    expect(reply.status).toBe(400);
  });

  it.each([
    ['GET', 'nowhere', 404],
    ['GET', `http/${ACCOUNT}/${REGION}/no-one`, 404],
    ['GET', 'http/a/b', 404],
    ['POST', `http/${ACCOUNT}/${REGION}/web-1`, 405],
    ['GET', 'instances/a/b', 404],
    ['GET', 'constructor', 404],
    ['GET', 'instances/%E0%A4%A/b/c', 404],
    ['PUT', 'instances', 405],
    ['GET', 'faults', 405],
  ])('%s /_sim/%s gets %i and the way out', async (method, path, status) => {
    const bed = await openTestBed();
    const reply = await callControl(bed, method, path);
    expect(reply.status).toBe(status);
    expect(reply.json).toMatchObject({ error: { message: expect.stringMatching(/instances|GET|POST/) } });
  });

  it('throws in the process what it answers over HTTP', async () => {
    const bed = await openTestBed();
    const state = bed.state;
    expect(() => state.addFault({ effect: {} })).toThrow(InvalidControlInputError);
    expect(() => state.createInstance(ref('web-1'))).toThrow(/"web-1" is taken/);
  });
});

describe('the control interface', () => {
  it.each(['evil.example', 'evil.example:80', '10.0.0.1', 'localhost.evil.example', '127.0.0.1.evil.example'])(
    'refuses a request for the host %s',
    async (host) => {
      const bed = await openTestBed();
      const status = await new Promise((resolve, reject) => {
        request(`${bed.url}/_sim/calls`, { headers: { host } }, (reply) => resolve(reply.resume().statusCode))
          .once('error', reject)
          .end();
      });
      expect(status).toBe(403);
    },
  );

  it.each(['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080'])('answers for the host %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['::12', false],
    [undefined, false],
  ])('takes the address %s for this machine: %s', (address, expected) => {
    expect(isLoopbackAddress(address)).toBe(expected);
  });
});
