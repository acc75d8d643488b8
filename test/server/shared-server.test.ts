import { expect, it } from 'vitest';
import { temporal } from '../support/temporal.js';

it('the server that all test files share answers a client and takes a worker’s connection', async () => {
  const { namespace, client, nativeConnection } = temporal();

  const { workflowService } = await client();
  const { namespaceInfo } = await workflowService.describeNamespace({ namespace });

  expect(namespaceInfo?.name).toBe(namespace);
  expect(await nativeConnection()).toBe(await nativeConnection());
});
