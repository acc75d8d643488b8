import { describe, expect, it } from 'vitest';
import {
  assumeRole,
  callSts,
  EXTERNAL_ID,
  keysIn,
  OTHER_ACCOUNT,
  openWithRole,
  postForm,
  ROLE_ARN,
  signedBy,
} from './sts-support.js';
import { ACCOUNT } from './support.js';

describe('GetCallerIdentity', () => {
  it('names the user of an account to its own keys', async () => {
    const bed = await openWithRole();
    for (const account of [ACCOUNT, OTHER_ACCOUNT]) {
      const keys = { accessKeyId: `AKIASIMU${account}` };
      const reply = await callSts(bed, { Action: 'GetCallerIdentity' }, keys);
      expect(reply).toMatchObject({ status: 200, requestId: reply.element('RequestId') });
      expect(reply.element('Account')).toBe(account);
      expect(reply.element('Arn')).toBe(`arn:aws:iam::${account}:user/simulator`);
      expect(reply.element('UserId')).toMatch(/^AIDA[A-Z0-9]{16}$/);
    }
  });

  it('names the role and the session to keys that were handed out', async () => {
    const bed = await openWithRole();
    const assumed = await assumeRole(bed);
    const reply = await callSts(bed, { Action: 'GetCallerIdentity' }, keysIn(assumed));
    expect(reply.element('Account')).toBe(OTHER_ACCOUNT);
    expect(reply.element('Arn')).toBe(`arn:aws:sts::${OTHER_ACCOUNT}:assumed-role/imds-rollout/rollout-1`);
    expect(reply.element('UserId')).toMatch(/^AROA[A-Z0-9]{16}:rollout-1$/);
    expect(reply.element('UserId')).toBe(assumed.element('AssumedRoleId'));
  });
});

describe('AssumeRole', () => {
  it('hands out keys that are new each time, with the end of their session', async () => {
    const bed = await openWithRole();
    const replies = [await assumeRole(bed), await assumeRole(bed, { DurationSeconds: '900' })];
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(replies.map((reply) => reply.element('Expiration'))).toEqual([
      '2026-06-01T01:00:00.000Z',
      '2026-06-01T00:15:00.000Z',
    ]);
    const [one, other] = replies.map(keysIn);
    expect(one?.accessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
    expect(one?.secretAccessKey).toMatch(/^simulated\/[A-Za-z0-9]{30}$/);
    expect(one?.sessionToken.length).toBeGreaterThan(100);
    expect(new Set([...Object.values(one ?? {}), ...Object.values(other ?? {})]).size).toBe(6);
  });

  it('wants no external ID for a role that has none', async () => {
    const bed = await openWithRole();
    const RoleArn = `arn:aws:iam::${OTHER_ACCOUNT}:role/open`;
    expect((await assumeRole(bed, { RoleArn, ExternalId: '' })).status).toBe(200);
    expect((await assumeRole(bed, { RoleArn, ExternalId: 'any' })).status).toBe(200);
  });

  const denied: [string, Record<string, string>][] = [
    ['without an external ID', { ExternalId: '' }],
    ['with another external ID', { ExternalId: 'imds-2025' }],
    ['with an external ID in other letters', { ExternalId: EXTERNAL_ID.toUpperCase() }],
    ['of a role that is not there', { RoleArn: `${ROLE_ARN}-2` }],
    ['of a role with a path', { RoleArn: `arn:aws:iam::${OTHER_ACCOUNT}:role/team/imds-rollout` }],
    ['of an account without roles', { RoleArn: `arn:aws:iam::${ACCOUNT}:role/imds-rollout` }],
    ['of an account that is not there', { RoleArn: 'arn:aws:iam::999999999999:role/imds-rollout' }],
  ];
  it.each(denied)('%s is denied, in a message that tells who and what', async (_name, parameters) => {
    const bed = await openWithRole();
    const reply = await assumeRole(bed, parameters);
    expect(reply).toMatchObject({ status: 403, requestId: reply.element('RequestId') });
    expect(reply.element('Code')).toBe('AccessDenied');
    expect(reply.element('Type')).toBe('Sender');
    expect(reply.element('Message')).toContain(`arn:aws:iam::${ACCOUNT}:user/simulator is not authorized to perform`);
    expect(reply.element('Message')).toContain(parameters.RoleArn ?? ROLE_ARN);
    expect(reply.text).not.toMatch(/imds-202/i);
    expect(bed.state.calls()).toMatchObject([{ operation: 'AssumeRole', status: 403, error: 'AccessDenied' }]);
  });

  const invalid: [string, Record<string, string>, RegExp][] = [
    ['no role', { RoleArn: '' }, /RoleArn/],
    ['a role by its name', { RoleArn: 'imds-rollout-of-the-other-account' }, /RoleArn: is invalid/],
    ['no session name', { RoleSessionName: '' }, /RoleSessionName/],
    ['a session name with a space', { RoleSessionName: 'roll out' }, /RoleSessionName/],
    ['a session name of 65 letters', { RoleSessionName: 'x'.repeat(65) }, /RoleSessionName/],
    ['899 seconds', { DurationSeconds: '899' }, /DurationSeconds.*900/],
    ['43201 seconds', { DurationSeconds: '43201' }, /DurationSeconds.*43200/],
    ['half a second', { DurationSeconds: '900.5' }, /DurationSeconds/],
    ['an external ID of one letter', { ExternalId: 'x' }, /ExternalId/],
  ];
  it.each(invalid)('with %s is not valid', async (_name, parameters, message) => {
    const bed = await openWithRole();
    const reply = await assumeRole(bed, parameters);
    expect(reply).toMatchObject({ status: 400 });
    expect(reply.element('Code')).toBe('ValidationError');
    expect(reply.element('Message')).toMatch(message);
  });

  it('by a role that was assumed lasts an hour at most', async () => {
    const bed = await openWithRole();
    const keys = keysIn(await assumeRole(bed, { DurationSeconds: '43200' }));
    expect((await assumeRole(bed, { DurationSeconds: '3601' }, keys)).element('Message')).toMatch(/role chaining/);
    expect((await assumeRole(bed, { DurationSeconds: '3600' }, keys)).status).toBe(200);
  });
});

describe('a request to STS that no SDK sends', () => {
  const action = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
  const user = { accessKeyId: `AKIASIMU${ACCOUNT}` };
  const cases: [string, Record<string, string>, Record<string, string>, number, string][] = [
    ['without a signature', action, {}, 403, 'MissingAuthenticationToken'],
    ['with the scope of another service', action, signedBy(user, 'lightsail'), 403, 'SignatureDoesNotMatch'],
    ['with unknown keys', action, signedBy({ accessKeyId: 'AKIANOBODY' }), 403, 'InvalidClientTokenId'],
    ['of an unknown action', { ...action, Action: 'Get<&>' }, signedBy(user), 400, 'InvalidAction'],
    ['of another version', { ...action, Version: '2012-01-01' }, signedBy(user), 400, 'InvalidAction'],
    ['without parameters', {}, signedBy(user), 400, 'InvalidAction'],
  ];
  it.each(cases)('%s is answered in XML', async (_name, parameters, headers, status, code) => {
    const bed = await openWithRole();
    const reply = await postForm(bed, parameters, headers);
    expect(reply.status).toBe(status);
    expect(reply.element('Code')).toBe(code);
    expect(reply.element('Message')).toMatch(/\w/);
  });
});

describe('the log of calls', () => {
  it('tells who assumed which role, without the external ID', async () => {
    const bed = await openWithRole();
    await assumeRole(bed);
    expect(bed.state.calls({ operation: 'AssumeRole' })).toEqual([
      {
        at: Date.UTC(2026, 5, 1),
        account: ACCOUNT,
        region: 'us-east-1',
        operation: 'AssumeRole',
        instanceName: null,
        input: { RoleArn: ROLE_ARN, RoleSessionName: 'rollout-1', ExternalId: '(hidden)' },
        effect: null,
        status: 200,
        error: null,
      },
    ]);
  });
});
