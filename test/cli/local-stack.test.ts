import { expect, it } from 'vitest';
import { openLocalStack } from '../../src/cli/local-stack.js';
import { redact } from '../../src/cli/render/redact.js';

it('run says as any command why a server that was named is not reached, and keeps its key to itself', async () => {
  const apiKey = 'KEEP0UT-plain-words';
  const overrides = { address: '127.0.0.1:1', apiKey };
  await expect(openLocalStack({ overrides, report: () => {} })).rejects.toMatchObject({
    type: 'NoServer',
    message: expect.stringMatching(/127\.0\.0\.1:1 \(connection refused\)/),
  });
  expect(redact(`bad header ${apiKey}`)).toBe('bad header [redacted]');
});
