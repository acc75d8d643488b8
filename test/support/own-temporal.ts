import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TestContext } from 'vitest';
import { openTemporalServer } from '../../src/server/index.js';
import type { TestTemporal } from './temporal.js';

/**
 * A Temporal server for one test, with settings that the shared one can't have, such as low limits.
 *
 * @param dynamicConfig - each value is JSON
 */
export async function ownTemporal(
  onTestFinished: TestContext['onTestFinished'],
  dynamicConfig: Readonly<Record<string, string>>,
): Promise<TestTemporal> {
  const { address, namespace, stop } = await openTemporalServer({ ownServer: true, dynamicConfig });
  const connection = await Connection.connect({ address });
  const worker = await NativeConnection.connect({ address });
  onTestFinished(async () => {
    await connection.close();
    await worker.close();
    await stop();
  });
  return {
    address,
    namespace,
    client: async () => new Client({ connection, namespace }),
    nativeConnection: async () => worker,
  };
}
