import { createServer, type Server } from 'node:net';

/** Loopback only: the local server has no authentication. */
export const LOOPBACK = '127.0.0.1';

/** Ports that are free now, all different. Another process may still take one first: the caller retries. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  // All are held until all are known, or the system could hand out the same one twice.
  const listeners = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = listeners.map(portOf);
  await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
  return ports;
}

function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, LOOPBACK, () => resolve(listener));
  });
}

function portOf(listener: Server): number {
  const address = listener.address();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('A listener on loopback has no port; this system gives out no TCP ports.');
}
