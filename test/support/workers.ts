import { randomUUID } from 'node:crypto';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import type { WorkerSettings } from '../../src/activities/index.js';
import type { LightsailFor } from '../../src/lightsail/index.js';
import { LightsailImdsPlugin } from '../../src/plugin.js';
import { sharedSinks } from '../measure/from-workflows.js';
import type { TestTemporal } from './temporal.js';

declare module 'vitest' {
  export interface ProvidedContext {
    workflowBundle: string;
  }
}

export interface TestWorkerOptions {
  readonly temporal: TestTemporal;
  readonly taskQueue: string;
  readonly lightsail: LightsailFor;
  readonly settings?: WorkerSettings | undefined;
  readonly workerOptions?: Pick<WorkerOptions, 'maxCachedWorkflows' | 'workflowBundle'> | undefined;
}

export interface TestWorker {
  stop(): Promise<void>;
}

/** A worker in this process that polls a task queue until it is stopped. */
export async function runTestWorker(options: TestWorkerOptions): Promise<TestWorker> {
  const { temporal, taskQueue, lightsail, settings, workerOptions } = options;
  const worker = await Worker.create({
    connection: await temporal.nativeConnection(),
    namespace: temporal.namespace,
    taskQueue,
    workflowBundle: { codePath: inject('workflowBundle') },
    sinks: sharedSinks,
    plugins: [new LightsailImdsPlugin({ lightsail, ...(settings !== undefined && { settings }) })],
    shutdownGraceTime: '2s',
    ...workerOptions,
  });
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  return {
    stop: () => {
      stopped ??= (async () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
        await running;
      })();
      return stopped;
    },
  };
}

/** A worker that polls a task queue of its own, for one world after another. */
export interface PooledWorker {
  readonly taskQueue: string;
  /** Where its calls go: to the simulator of the world that has it. */
  lightsail: LightsailFor;
  readonly worker: TestWorker;
}

/** Workers of this process that no world has now. */
const idle: PooledWorker[] = [];

/**
 * A worker that no other world has. To start one and to compile the workflows takes as much of a processor as a rollout of five
 * instances does, so those that are free are used again.
 */
export async function borrowWorker(temporal: TestTemporal, lightsail: LightsailFor): Promise<PooledWorker> {
  const known = idle.pop();
  if (known !== undefined) {
    known.lightsail = lightsail;
    return known;
  }
  const taskQueue = `test-${randomUUID()}`;
  const pooled: { -readonly [Key in keyof PooledWorker]: PooledWorker[Key] } = {
    taskQueue,
    lightsail,
    worker: await runTestWorker({ temporal, taskQueue, lightsail: (scope) => pooled.lightsail(scope) }),
  };
  return pooled;
}

/** Gives a worker to the next world, unless a run is still open on its task queue, which would go on in that world. */
export async function returnWorker(temporal: TestTemporal, pooled: PooledWorker): Promise<void> {
  const client = await temporal.client();
  const { count } = await client.workflow.count(`TaskQueue = '${pooled.taskQueue}' AND ExecutionStatus = 'Running'`);
  if (count === 0) idle.push(pooled);
  else await pooled.worker.stop();
}
