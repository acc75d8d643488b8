import type { TestProject } from 'vitest/node';
import { openTemporalServer } from '../../src/server/index.js';

/**
 * Opens one Temporal server for all test files. The binary is fetched here, before the runner starts its clocks: a first-run
 * download would time out the first test.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openTemporalServer({
    // A profile may be a production cluster: tests use a running server only if TEMPORAL_ADDRESS says so outright.
    ownServer: !process.env.TEMPORAL_ADDRESS,
    onStep: installReporter((line) => process.stderr.write(`${line}\n`)),
  });
  project.provide('temporal', { address: server.address, namespace: server.namespace });
  return () => server.stop();
}

/** Silent while a server is at hand; from the first download on, it prints that and the steps before it. */
function installReporter(print: (line: string) => void): (message: string, kind: 'check' | 'install') => void {
  const earlier: string[] = [];
  let installing = false;
  return (message, kind) => {
    installing ||= kind === 'install';
    earlier.push(message);
    if (installing) for (const line of earlier.splice(0)) print(`Temporal server: ${line}`);
  };
}
