import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { openTemporalServer, type RunningServer } from '../../src/server/index.js';
import { workflowsPath } from '../../src/workflows-path.js';
import { bundleMeasured } from '../measure/measured-bundle.js';
import { failingTeardown } from './failing-teardown.js';
import { findUnreached, keepReached, type Lane } from './reached.js';
import { searchHistories } from './search-histories.js';
import { secretIn } from './secret-pattern.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Missing where histories are recorded. */
    lane?: Lane;
    /** Where command lines keep a note of what they have reached. */
    reachedFolder: string;
  }
}

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
  const code = await ('coverageFolder' in project.getProvidedContext() ? bundleMeasured() : bundle());
  const path = join(folder, 'workflows.js');
  await writeFile(path, code);
  project.provide('temporal', { address: server.address, namespace: server.namespace });
  project.provide('workflowBundle', path);
  project.provide('reachedFolder', folder);
  const since = new Date();
  return failingTeardown(async () => {
    try {
      await searchForSecretsAt(server, since);
      await checkReached(project, folder);
    } finally {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function bundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: new DefaultLogger('WARN') });
  return code;
}

/** A run of some of the tests reaches but a part. @throws where both lanes have left a command or an exit code out */
async function checkReached(project: TestProject, folder: string): Promise<void> {
  const { testFiles } = await project.globTestFiles();
  const { lane } = project.getProvidedContext();
  if (lane === undefined || project.vitest.state.getFiles().length < testFiles.length) return;
  keepReached(folder, lane);
  if (lane === 'quick') return;
  const unreached = findUnreached(lane === 'slow' ? ['quick', 'slow'] : [lane]);
  if (unreached.length > 0) throw new Error(`No test has reached ${unreached.join(', ')}.`);
  process.stderr.write('Every exit code and the --json of every command was reached.\n');
}

/** The histories of the whole run, however its tests have ended. */
async function searchForSecretsAt(
  { address, namespace }: Pick<RunningServer, 'address' | 'namespace'>,
  since: Date,
): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace });
    const { histories, events } = await searchHistories(client, since, secretIn);
    process.stderr.write(`No secret in ${histories} histories of ${events} events.\n`);
  } finally {
    await connection.close();
  }
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
