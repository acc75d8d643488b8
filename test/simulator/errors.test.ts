import { createConnection } from 'node:net';
import {
  GetInstanceCommand,
  GetInstancesCommand,
  GetOperationCommand,
  GetStaticIpsCommand,
  type HttpTokens,
  UpdateInstanceMetadataOptionsCommand,
} from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import { openTestBed, rejectionOf, type TestBed } from './support.js';

// Name, HTTP status in real logs, HTTP status in the SDK's model, whether the model has it.
const ERRORS: [string, number, number, boolean][] = [
  ['AccessDeniedException', 400, 403, true],
  ['AccountSetupInProgressException', 400, 428, true],
  ['InvalidInputException', 400, 400, true],
  ['NotFoundException', 400, 404, true],
  ['OperationFailureException', 400, 400, true],
  ['RegionSetupInProgressException', 400, 428, true],
  ['ServiceException', 500, 500, true],
  ['UnauthenticatedException', 400, 401, true],
  ['ThrottlingException', 400, 400, false],
  ['UnrecognizedClientException', 400, 400, false],
  ['ExpiredTokenException', 400, 400, false],
  ['OptInRequired', 400, 400, false],
  ['InternalFailure', 500, 500, false],
  ['ServiceUnavailable', 503, 503, false],
];

describe.each(ERRORS)('the error %s', (name, realStatus, modelledStatus, modelled) => {
  it.each([
    [false, realStatus],
    [true, modelledStatus],
  ])('with modelledStatus %s reaches the client by name, with HTTP %i and a request ID', async (inModel, status) => {
    const bed = await openTestBed({ modelledStatus: inModel });
    bed.state.addFault({ effect: { error: { name, message: 'Please try again in a few minutes' } } });
    const error = await rejectionOf(bed.read('web-1'));
    expect(error).toMatchObject({
      name,
      message: 'Please try again in a few minutes',
      $metadata: { httpStatusCode: status, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    if (modelled) expect(error).toMatchObject({ code: name, docs: expect.any(String), tip: expect.any(String) });
    else expect(error).not.toHaveProperty('tip');
    expect(bed.state.calls()).toMatchObject([{ effect: 'error', error: name, status }]);
  });

  it('has a message of its own', async () => {
    const bed = await openTestBed({ faults: [{ effect: { error: name } }] });
    expect(await rejectionOf(bed.read('web-1'))).toMatchObject({ name, message: expect.stringMatching(/\w/) });
  });
});

describe('input that the service refuses', () => {
  // An enum value that the SDK's types don't know, as an older or newer client would send it.
  const unknownTokens = JSON.parse('"never"') satisfies HttpTokens;
  const asked = JSON.parse('"yes"') satisfies boolean;
  const cases: [string, (bed: TestBed) => Promise<unknown>, string, RegExp][] = [
    ['a missing name', (bed) => bed.update({ instanceName: undefined }), 'InvalidInputException', /instanceName/],
    ['a name with a space', (bed) => bed.read('web 1'), 'InvalidInputException', /instanceName/],
    ['a name that ends in -', (bed) => bed.read('web-'), 'InvalidInputException', /instanceName/],
    ['an unknown name', (bed) => bed.read('web-11'), 'NotFoundException', /does not exist: web-11/],
    ['updating an unknown name', (bed) => bed.update({ instanceName: 'no-one' }), 'NotFoundException', /no-one/],
    ['hop limit 0', (bed) => bed.update({ httpPutResponseHopLimit: 0 }), 'InvalidInputException', /HopLimit/],
    ['hop limit 65', (bed) => bed.update({ httpPutResponseHopLimit: 65 }), 'InvalidInputException', /HopLimit/],
    ['hop limit 1.5', (bed) => bed.update({ httpPutResponseHopLimit: 1.5 }), 'InvalidInputException', /HopLimit/],
    ['an unknown value', (bed) => bed.update({ httpTokens: unknownTokens }), 'InvalidInputException', /httpTokens/],
    ['IPv6 in us-east-1', (bed) => bed.update({ httpProtocolIpv6: 'enabled' }), 'InvalidInputException', /eu-north-1/],
    [
      'an unknown operation ID',
      (bed) => bed.client().send(new GetOperationCommand({ operationId: 'x' })),
      'NotFoundException',
      /Operation/,
    ],
    [
      'an empty operation ID',
      (bed) => bed.client().send(new GetOperationCommand({ operationId: ' ' })),
      'InvalidInputException',
      /operationId/,
    ],
    [
      'health asked for in words',
      (bed) => bed.client().send(new GetInstancesCommand({ includeHealthStatus: asked })),
      'InvalidInputException',
      /includeHealthStatus/,
    ],
    [
      'an operation that it does not have',
      (bed) => bed.client().send(new GetStaticIpsCommand({})),
      'InvalidInputException',
      /GetStaticIps/,
    ],
    [
      'a region that is a zone',
      (bed) => bed.client('us-east-1a').send(new GetInstancesCommand({})),
      'InvalidInputException',
      /us-east-1a/,
    ],
    [
      'an unknown access key',
      (bed) => bed.client('us-east-1', 'AKIANOBODY0000000000').send(new GetInstancesCommand({})),
      'UnrecognizedClientException',
      /security token/,
    ],
  ];

  it.each(cases)('%s', async (_name, call, name, message) => {
    const bed = await openTestBed();
    const before = bed.state.instances();
    expect(await rejectionOf(call(bed))).toMatchObject({ name, message: expect.stringMatching(message) });
    expect(bed.state.instances()).toEqual(before);
    expect(bed.state.calls()).toMatchObject([{ error: name, status: 400, effect: null }]);
  });

  it('takes an update with every value at its bounds', async () => {
    const bed = await openTestBed();
    for (const httpPutResponseHopLimit of [1, 64]) await bed.update({ httpPutResponseHopLimit });
    expect(bed.state.instance({ account: '111122223333', region: 'us-east-1', name: 'web-1' })).toMatchObject({
      metadataOptions: { httpPutResponseHopLimit: 64 },
    });
  });
});

describe('a request that no SDK sends', () => {
  const target = 'Lightsail_20161128.GetInstances';
  const credential = 'Credential=AKIASIMULATOR0000001/20260601/us-east-1';
  const cases: [string, Record<string, string>, string, string][] = [
    ['without a signature', { 'x-amz-target': target }, '{}', 'UnauthenticatedException'],
    [
      'with a scope of another service',
      { 'x-amz-target': target, authorization: `AWS4-HMAC-SHA256 ${credential}/ec2/aws4_request` },
      '{}',
      'UnauthenticatedException',
    ],
    ['with garbage as authorization', { 'x-amz-target': target, authorization: 'x' }, '{}', 'UnauthenticatedException'],
    [
      'with a body that is not JSON',
      { 'x-amz-target': target, authorization: `AWS4-HMAC-SHA256 ${credential}/lightsail/aws4_request` },
      '{',
      'SerializationException',
    ],
    [
      'without a target',
      { authorization: `AWS4-HMAC-SHA256 ${credential}/lightsail/aws4_request` },
      '{}',
      'InvalidInputException',
    ],
  ];

  it.each(cases)('%s is answered with an error of the service', async (_name, headers, body, type) => {
    const bed = await openTestBed();
    const reply = await fetch(bed.url, { method: 'POST', headers, body });
    expect(reply.status).toBe(400);
    expect(reply.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await reply.json()).toMatchObject({ __type: type, message: expect.any(String) });
  });

  it('with nulls for members is taken as if they were left out', async () => {
    const bed = await openTestBed();
    const headers = { 'x-amz-target': target, authorization: `AWS4-HMAC-SHA256 ${credential}/lightsail/aws4_request` };
    const reply = await fetch(bed.url, {
      method: 'POST',
      headers,
      body: '{"pageToken":null,"includeHealthStatus":null}',
    });
    expect(reply.status).toBe(200);
  });

  it('on another path is refused', async () => {
    const bed = await openTestBed();
    expect((await fetch(`${bed.url}/elsewhere`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await fetch(bed.url)).status).toBe(404);
  });

  it('with a body that is too long is refused', async () => {
    const bed = await openTestBed();
    expect((await fetch(bed.url, { method: 'POST', body: 'x'.repeat(1_100_000) })).status).toBe(413);
  });

  it('that breaks off in its body does not harm the next one', async () => {
    const bed = await openTestBed();
    const { port, hostname } = new URL(bed.url);
    await new Promise<void>((resolve) => {
      const socket = createConnection(Number(port), hostname, () => {
        socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{', () => socket.destroy());
      });
      socket.once('close', () => resolve());
    });
    expect((await bed.read('web-1'))?.name).toBe('web-1');
  });
});

describe('a reply', () => {
  it('carries the real date while the clock of the simulated service stands still', async () => {
    const bed = await openTestBed();
    const reply = await fetch(bed.url, { method: 'POST', body: '{}' });
    expect(Math.abs(Date.parse(reply.headers.get('date') ?? '') - Date.now())).toBeLessThan(60_000);
  });

  it('drops members that the service does not know', async () => {
    const bed = await openTestBed();
    const client = bed.client();
    await client.send(new GetInstanceCommand({ instanceName: 'web-1', ...{ surprise: 1 } }));
    await client.send(new UpdateInstanceMetadataOptionsCommand({ instanceName: 'web-1', ...{ surprise: 1 } }));
    expect(bed.state.calls().map(({ status }) => status)).toEqual([200, 200]);
  });
});
