import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';

interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    temporal: TemporalAddress;
  }
}

export interface TestTemporal extends TemporalAddress {
  /** Its connection is made at the first call of the process. */
  client(): Promise<Client>;
  /** For `Worker.create`; made at the first call of the process. */
  nativeConnection(): Promise<NativeConnection>;
}

// The test files of one process share these, and they end with it.
let clientConnection: Promise<Connection> | undefined;
let workerConnection: Promise<NativeConnection> | undefined;

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
