import { Connection } from '@temporalio/client';
import type { TemporalConnectionOptions } from './running-server.js';

const PROBE_MS = 1_000;

/**
 * Asks a server once, over gRPC, for a namespace. A connection of its own for each probe: gRPC backs off between the
 * attempts of one connection, which would add seconds to a start of 0.3 s.
 *
 * @throws the connection's or the call's error.
 */
export async function describeNamespace(connection: TemporalConnectionOptions, namespace: string): Promise<void> {
  const client = await Connection.connect({ ...connection, connectTimeout: PROBE_MS });
  try {
    await client.withDeadline(Date.now() + PROBE_MS, () => client.workflowService.describeNamespace({ namespace }));
  } finally {
    await client.close();
  }
}

/** Connects once, as a client would, and lets go again. @throws the connection's error. */
export async function checkConnection(connection: TemporalConnectionOptions, timeoutMs: number): Promise<void> {
  const client = await Connection.connect({ ...connection, connectTimeout: timeoutMs });
  await client.close();
}
