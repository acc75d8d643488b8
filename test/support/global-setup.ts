import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { openTemporalServer } from '../../src/server/index.js';
import { workflowsPath } from '../../src/workflows-path.js';

/**
 * Opens one Temporal server for all test files, and bundles the workflows once. The binary is fetched here, before the
 * runner starts its clocks: a first-run download would time out the first test.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-test-'));
  const server = await openTemporalServer({
    // A profile may be a production cluster: tests use a running server only if TEMPORAL_ADDRESS says so outright.
    ownServer: !process.env.TEMPORAL_ADDRESS,
    onStep: installReporter((line) => process.stderr.write(`${line}\n`)),
  });
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: new DefaultLogger('WARN') });
  const bundle = join(folder, 'workflows.js');
  await writeFile(bundle, code);
  project.provide('temporal', { address: server.address, namespace: server.namespace });
  project.provide('workflowBundle', bundle);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
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
