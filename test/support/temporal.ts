import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, inject } from 'vitest';

export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    temporal: TemporalAddress;
  }
}

export interface TestTemporal extends TemporalAddress {
  /** Made at the first call, and closed after the test file. */
  client(): Promise<Client>;
  /** For `Worker.create`; made at the first call, and closed after the test file. Shut the workers down before. */
  nativeConnection(): Promise<NativeConnection>;
}

// Vitest loads this module anew for each test file, so these belong to one file.
let clientConnection: Promise<Connection> | undefined;
let workerConnection: Promise<NativeConnection> | undefined;

afterAll(async () => {
  await (await clientConnection)?.close();
  await (await workerConnection)?.close();
});

/** The Temporal server that all test files share (see global-setup.ts). */
export function temporal(): TestTemporal {
  const { address, namespace } = inject('temporal');
  return {
    address,
    namespace,
    client: async () => {
      clientConnection ??= Connection.connect({ address });
      return new Client({ connection: await clientConnection, namespace });
    },
    nativeConnection: () => {
      workerConnection ??= NativeConnection.connect({ address });
      return workerConnection;
    },
  };
}
