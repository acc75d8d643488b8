import { expect, it } from 'vitest';
import { CREDENTIALS, startLoopback } from '../lightsail/loopback.js';
import { runCommand, specFile } from './support.js';

it('a plan over a list that leads on for ever ends, and says what to look at', async () => {
  let page = 0;
  await using server = await startLoopback((response) => {
    page += 1;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ instances: [], nextPageToken: `token-${page}` }));
  });
  const spec = await specFile({
    name: 'endless',
    options: { httpTokens: 'required' },
    targets: { regions: ['us-east-1'] },
  });
  const end = await runCommand(['plan', spec], {
    env: {
      AWS_ENDPOINT_URL_LIGHTSAIL: server.url,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
  });
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/us-east-1 can't be read: EndlessPages: GetInstances has given 2000 pages/);
  expect(end.stderr).toMatch(/leave the region out/);
  expect(page).toBe(2_000);
});
