import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { SecurityTokens } from '../../src/lightsail/security-tokens.js';

/** STS with a server behind it that answers every call with this result. */
async function answering(operation: string, result: string): Promise<SecurityTokens> {
  const server = createServer((_, response) => {
    const body = `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`;
    response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'test' };
  return new SecurityTokens({ endpoint, region: 'us-east-1', credentials }, 10_000);
}

it('an identity without an account is none', async () => {
  const tokens = await answering('GetCallerIdentity', '<Arn>arn:aws:iam::111122223333:user/ann</Arn>');
  await expect(tokens.identityOf()).rejects.toMatchObject({ name: 'EmptyReply' });
});

it('an identity without an ARN has its account', async () => {
  const tokens = await answering('GetCallerIdentity', '<Account>111122223333</Account>');
  expect(await tokens.identityOf()).toEqual({ account: '111122223333', arn: '' });
});

it.each(['', '<Credentials><AccessKeyId>ASIA</AccessKeyId></Credentials>'])(
  'a session without all of its keys is none: %s',
  async (result) => {
    const tokens = await answering('AssumeRole', result);
    const role = 'arn:aws:iam::444455556666:role/imds';
    await expect(tokens.assume({ role, sessionName: 'imds-rollout' })).rejects.toThrow(
      `STS opened a session of ${role} without keys`,
    );
  },
);
