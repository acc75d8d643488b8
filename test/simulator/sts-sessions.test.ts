import { GetInstancesCommand, LightsailClient } from '@aws-sdk/client-lightsail';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assumeRole, callSts, EXTERNAL_ID, keysIn, OTHER_ACCOUNT, openWithRole, ROLE_ARN } from './sts-support.js';
import { ACCOUNT, REGION, rejectionOf, type TestBed } from './support.js';

type SessionKeys = ReturnType<typeof keysIn>;

/** The names of the instances that these keys see. */
async function namesSeenBy(bed: TestBed, credentials: Partial<SessionKeys>) {
  const client = new LightsailClient({
    endpoint: bed.url,
    region: REGION,
    credentials: { accessKeyId: '', secretAccessKey: 'secret', ...credentials },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return (await client.send(new GetInstancesCommand({}))).instances?.map(({ name }) => name);
}

describe('the keys of a session', () => {
  it("see the role's account, and not the caller's", async () => {
    const bed = await openWithRole();
    const keys = keysIn(await assumeRole(bed));
    expect(await namesSeenBy(bed, keys)).toEqual([`of-${OTHER_ACCOUNT}-1`]);
    expect(bed.state.calls({ operation: 'GetInstances' })).toMatchObject([{ account: OTHER_ACCOUNT }]);
  });

  it('are nothing without their session token, or with that of another session', async () => {
    const bed = await openWithRole();
    const [keys, others] = [keysIn(await assumeRole(bed)), keysIn(await assumeRole(bed))];
    const { sessionToken: _, ...bare } = keys;
    for (const wrong of [bare, { ...keys, sessionToken: others.sessionToken }]) {
      expect(await rejectionOf(namesSeenBy(bed, wrong))).toMatchObject({ name: 'UnrecognizedClientException' });
      const reply = await callSts(bed, { Action: 'GetCallerIdentity' }, wrong);
      expect(reply.element('Code')).toBe('InvalidClientTokenId');
    }
  });

  it('end when they were said to end, for Lightsail and for STS', async () => {
    const bed = await openWithRole();
    const keys = keysIn(await assumeRole(bed, { DurationSeconds: '900' }));
    bed.advance(899_999);
    expect(await namesSeenBy(bed, keys)).toHaveLength(1);
    bed.advance(1);
    expect(await rejectionOf(namesSeenBy(bed, keys))).toMatchObject({
      name: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    });
    const reply = await callSts(bed, { Action: 'GetCallerIdentity' }, keys);
    expect(reply).toMatchObject({ status: 403 });
    expect(reply.element('Code')).toBe('ExpiredToken');
    expect(await namesSeenBy(bed, keysIn(await assumeRole(bed)))).toHaveLength(1);
  });

  it('end after sessionSeconds, and say so, however long they were asked for', async () => {
    const bed = await openWithRole({ sessionSeconds: 1 });
    const reply = await assumeRole(bed, { DurationSeconds: '43200' });
    expect(reply.element('Expiration')).toBe('2026-06-01T00:00:01.000Z');
    bed.advance(1000);
    const rejection = await rejectionOf(namesSeenBy(bed, keysIn(reply)));
    expect(rejection).toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('end unforeseen by the effect expiresAfterMs', async () => {
    const faults = [{ operation: 'AssumeRole', times: 1, effect: { expiresAfterMs: 500 } } as const];
    const bed = await openWithRole({ faults });
    const reply = await assumeRole(bed);
    expect(reply.element('Expiration')).toBe('2026-06-01T01:00:00.000Z');
    bed.advance(500);
    const rejection = await rejectionOf(namesSeenBy(bed, keysIn(reply)));
    expect(rejection).toMatchObject({ name: 'ExpiredTokenException' });
    const later = keysIn(await assumeRole(bed));
    bed.advance(500);
    expect(await namesSeenBy(bed, later)).toHaveLength(1);
  });
});

describe('faults and the throttle', () => {
  it('leave STS alone unless a fault names its operation', async () => {
    const bed = await openWithRole({
      throttle: { ratePerSecond: 1, burst: 1 },
      faults: [{ effect: { error: 'ServiceException' } }],
    });
    for (let call = 0; call < 5; call += 1) expect((await assumeRole(bed)).status).toBe(200);
  });

  it('know an AssumeRole by the account of its role', async () => {
    const error = { name: 'AccessDenied', message: 'A policy denies it' };
    const bed = await openWithRole({
      faults: [{ operation: 'AssumeRole', account: OTHER_ACCOUNT, effect: { error } }],
    });
    const reply = await assumeRole(bed);
    expect([reply.status, reply.element('Code'), reply.element('Message')]).toEqual([403, error.name, error.message]);
    expect(bed.state.calls()).toMatchObject([{ account: ACCOUNT, effect: 'error', error: 'AccessDenied' }]);
  });

  it.each([
    [{ html502: true } as const, 502],
    [{ emptyBody: true } as const, 200],
    [{ truncatedBody: true } as const, 200],
  ])('spoil a reply by %j', async (effect, status) => {
    const bed = await openWithRole({ faults: [{ operation: 'GetCallerIdentity', effect }] });
    const reply = await callSts(bed, { Action: 'GetCallerIdentity' });
    expect(reply.status).toBe(status);
    expect(reply.text).not.toContain('</GetCallerIdentityResponse>');
  });

  it('drop a connection', async () => {
    const bed = await openWithRole({ faults: [{ operation: 'AssumeRole', effect: { drop: true } }] });
    expect(await rejectionOf(assumeRole(bed))).toBeInstanceOf(TypeError);
  });
});

describe("the SDK's own STS client", () => {
  function open(bed: TestBed) {
    const credentials = { accessKeyId: bed.env.AWS_ACCESS_KEY_ID, secretAccessKey: 'secret' };
    const client = new STSClient({ endpoint: bed.env.AWS_ENDPOINT_URL_STS, region: REGION, credentials });
    onTestFinished(() => client.destroy());
    return client;
  }
  const request = { RoleArn: ROLE_ARN, RoleSessionName: 'rollout-1', ExternalId: EXTERNAL_ID };

  it('assumes a role, whose keys work', async () => {
    const bed = await openWithRole();
    const { Credentials, AssumedRoleUser } = await open(bed).send(new AssumeRoleCommand(request));
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${OTHER_ACCOUNT}:assumed-role/imds-rollout/rollout-1`);
    expect(Credentials?.Expiration).toEqual(new Date(Date.UTC(2026, 5, 1, 1)));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    expect(await namesSeenBy(bed, keys)).toHaveLength(1);
  });

  it('sees a denied role as AccessDenied', async () => {
    const bed = await openWithRole();
    const call = open(bed).send(new AssumeRoleCommand({ ...request, ExternalId: 'wrong' }));
    expect(await rejectionOf(call)).toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  });
});
