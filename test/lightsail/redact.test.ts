import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MESSAGE_LENGTH, redactLine } from '../../src/lightsail/index.js';

/** The alphabet of AWS keys and tokens. */
const secretText = (minLength: number) =>
  fc.string({ unit: fc.constantFrom(...'ABCXYZabcxyz0189+/'), minLength, maxLength: 400 });

describe('no secret survives', () => {
  const inAnyPlace: Record<string, (secret: string) => string> = {
    alone: (secret) => secret,
    'in a sentence': (secret) => `The token ${secret} is invalid.`,
    'in quotes': (secret) => `'${secret}'`,
    'in a canonical request': (secret) => `POST\n/\n\nx-amz-security-token:${secret}\n\nhost;x-amz-date`,
    'in a query': (secret) => `https://host/?X-Amz-Security-Token=${encodeURIComponent(secret)}&X-Amz-Date=1`,
    'at the edge of what is kept': (secret) => `${'very '.repeat(56)}${secret}`,
    'at the edge of what is read': (secret) => `${'very '.repeat(795)}${secret}`,
  };

  test.each(Object.entries(inAnyPlace))('%s', (_, place) => {
    fc.assert(
      fc.property(secretText(40), (secret) => {
        expect(redactLine(place(secret), 10_000)).not.toContain(secret.slice(0, 30));
        expect(redactLine(place(secret))).not.toContain(secret.slice(0, 30));
      }),
    );
  });

  test.each([
    ['The key AKIAIOSFODNN7EXAMPLE is not valid', 'The key [redacted] is not valid'],
    ['Authorization: Bearer abc.def refused', 'Authorization: [redacted] refused'],
    ['"authorization": "Basic dXNlcjpwdw==", "x": 1', '"authorization": "[redacted], "x": 1'],
    [
      'Authorization: AWS4-HMAC-SHA256 Credential=X/1, Signature=0abc',
      'Authorization: [redacted], Signature=[redacted]',
    ],
    ['Bearer abc.def refused', 'Bearer [redacted] refused'],
    ['token eyJhbGciOi.eyJzdWIi.c2ln-_x expired', 'token [redacted] expired'],
    ['proxy http://user:hunter2@proxy:8080 refused', 'proxy http://[redacted]@proxy:8080 refused'],
    ['{"externalId":"imds-2026","password": "p w"}', '{"externalId":[redacted],"password": [redacted]}'],
    ['Credential=AKIAX/20260101, Signature=0abc', 'Credential=[redacted], Signature=[redacted]'],
  ])('%s', (text, expected) => {
    expect(redactLine(text)).toBe(expected);
  });
});

test.each([
  'User: arn:aws:sts::111122223333:assumed-role/imds-rollout/host-1 is not authorized to perform: lightsail:GetInstances on resource: *',
  'The Instance does not exist: arn:aws:lightsail:us-east-1:111122223333:Instance/0f3e4a52-8b0a-4ac7-9d0e-0123456789ab',
  'The security token included in the request is expired',
  'getaddrinfo ENOTFOUND lightsail.us-east-1a.amazonaws.com',
  'AccessDenied: MultiFactorAuthentication failed',
])('what helps is kept: %s', (text) => {
  expect(redactLine(text)).toBe(text);
});

test('a long text is cut between characters, with a mark', () => {
  const cut = redactLine('é😀 '.repeat(1_000));
  expect([...cut]).toHaveLength(MAX_MESSAGE_LENGTH);
  expect(cut.endsWith('…')).toBe(true);
  // Throws on half a character.
  expect(() => encodeURIComponent(cut)).not.toThrow();
});
