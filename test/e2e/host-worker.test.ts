import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { SimplePlugin } from '@temporalio/plugin';
import {
  type ActivityInterceptorsFactory,
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkerPlugin,
} from '@temporalio/worker';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { timeOf } from '../../src/history/events.js';
import { createSdkLightsail } from '../../src/lightsail/index.js';
import { LightsailImdsPlugin } from '../../src/plugin.js';
import { watchId } from '../../src/rollout/watch-groups.js';
import type { askControlQueue } from '../fixtures/user-workflows.js';
import { sharedSinks } from '../measure/from-workflows.js';
import { QUICK_PACING } from '../support/pacing.js';
import { SECRET_KEY } from '../support/secret-pattern.js';
import { temporal } from '../support/temporal.js';
import { until, waitUntil } from '../support/wait.js';
import { ACCESS_KEY, createWorld, type World } from '../support/world.js';

/** `TASK_QUEUE_TYPE_ACTIVITY` (temporal/api/enums/v1/task_queue.proto). */
const ACTIVITY_QUEUE = 2;

function pluginFor({ simulator }: World): LightsailImdsPlugin {
  const { lightsail, close } = createSdkLightsail({
    endpoint: simulator.url,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    pacing: QUICK_PACING,
  });
  onTestFinished(close);
  return new LightsailImdsPlugin({ lightsail });
}

async function createWorker(world: World, options: Partial<WorkerOptions>): Promise<Worker> {
  return Worker.create({
    connection: await temporal().nativeConnection(),
    namespace: temporal().namespace,
    taskQueue: world.taskQueue,
    workflowBundle: { codePath: inject('workflowBundle') },
    sinks: sharedSinks,
    ...options,
  });
}

/** Whoever polls a task queue now or has lately, by what they call themselves. */
async function pollersOf({ client }: World, taskQueue: string): Promise<(string | null | undefined)[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: temporal().namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: ACTIVITY_QUEUE,
  });
  return (pollers ?? []).map(({ identity }) => identity);
}

describe('a worker with the plugin ends as its host says', () => {
  /** A world costs a simulator, and none of these changes an instance. */
  const plugin = new LightsailImdsPlugin({
    lightsail: () => {
      throw new Error('no call was expected');
    },
  });
  const create = async () =>
    Worker.create({
      connection: await temporal().nativeConnection(),
      namespace: temporal().namespace,
      taskQueue: `host-${randomUUID()}`,
      workflowBundle: { codePath: inject('workflowBundle') },
      plugins: [plugin],
    });

  it.each<[string, (worker: Worker) => Promise<unknown>, unknown]>([
    ['runUntil a result', (worker) => worker.runUntil(async () => 'done'), 'done'],
    ['runUntil a promise that is settled already', (worker) => worker.runUntil(Promise.resolve('done')), 'done'],
    [
      'runUntil a rejection',
      (worker) => worker.runUntil(Promise.reject(new Error('theirs'))).catch((error: Error) => error.message),
      'theirs',
    ],
    [
      'runUntil something that throws',
      (worker) =>
        worker
          .runUntil(() => {
            throw new Error('theirs');
          })
          .catch((error: Error) => error.message),
      'theirs',
    ],
    [
      'run, and shutdown at once',
      async (worker) => {
        const run = worker.run();
        worker.shutdown();
        await run;
        return worker.getState();
      },
      'STOPPED',
    ],
  ])('%s', async (_, end, expected) => {
    expect(await end(await create())).toBe(expected);
  });

  it('and its connection can be closed then, though the control worker had no time to start', async () => {
    const connection = await NativeConnection.connect({ address: temporal().address });
    const worker = await Worker.create({
      connection,
      namespace: temporal().namespace,
      taskQueue: `host-${randomUUID()}`,
      workflowBundle: { codePath: inject('workflowBundle') },
      plugins: [plugin],
    });
    expect(await worker.runUntil(async () => 'done')).toBe('done');
    await connection.close();
  });
});

describe('a worker whose workflows are not re-exported does not start', () => {
  const files = {
    none: fileURLToPath(new URL('../fixtures/clocked-workflows.ts', import.meta.url)),
    some: fileURLToPath(new URL('../fixtures/other-workflows.ts', import.meta.url)),
  };
  const plugin = new LightsailImdsPlugin({
    lightsail: () => {
      throw new Error('no call was expected');
    },
  });
  const create = async (options: Partial<WorkerOptions>, plugins: WorkerPlugin[] = [plugin]) =>
    Worker.create({
      connection: await temporal().nativeConnection(),
      namespace: temporal().namespace,
      taskQueue: `host-${randomUUID()}`,
      plugins,
      ...options,
    });
  const bundle = (workflowsPath: string) => bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const lacks = (types: string, where: string) =>
    new RegExp(`\\(${where}\\) lack ${types}: .*[^]*export \\* from 'lightsail-imds-rollout/workflows'`);
  const ALL = 'imdsHealthCheck, imdsPlan, imdsRollback, imdsRollout, imdsRolloutBatch, imdsScopeLease';
  const OTHERS = 'imdsHealthCheck, imdsPlan, imdsRollback, imdsRolloutBatch, imdsScopeLease';

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a path whose module exports one type of ours',
      () => create({ workflowsPath: files.some }),
      lacks(OTHERS, files.some),
    ],
    [
      'a path whose module needs a workflow to load, and exports none',
      () => create({ workflowsPath: files.none }),
      lacks(ALL, files.none),
    ],
    [
      'a path, with another plugin behind',
      () => create({ workflowsPath: files.some }, [plugin, new SimplePlugin({ name: 'theirs' })]),
      lacks(OTHERS, files.some),
    ],
    [
      'a bundle that was made before without the plugin',
      async () => create({ workflowBundle: await bundle(files.some) }),
      lacks(OTHERS, 'a bundle that was made before'),
    ],
    [
      'a bundle that is made with the plugin',
      () => bundleWorkflowCode({ workflowsPath: files.some, plugins: [plugin] }),
      lacks(OTHERS, files.some),
    ],
  ])('%s', async (_, start, expected) => {
    await expect(start()).rejects.toThrow(expected);
  });
});

describe('what a host has configured is true of every activity of both queues', () => {
  it('interceptors of its own, of its plugins and of its connection’s plugins see each attempt once', async () => {
    const world = await createWorld({ fleet: 2, worker: false });
    const seen = new Map<string, string[]>();
    const contexts: string[] = [];
    const interceptor =
      (by: string): ActivityInterceptorsFactory =>
      ({ info: { taskQueue, activityType, base64TaskToken } }) => ({
        inbound: {
          execute: (input, next) => {
            const attempt = `${taskQueue} ${activityType} ${base64TaskToken}`;
            seen.set(attempt, [...(seen.get(attempt) ?? []), by]);
            return next(input);
          },
        },
      });
    const theirs = (name: string): WorkerPlugin =>
      new SimplePlugin({
        name,
        workerInterceptors: { activity: [interceptor(name)] },
        runContext: async (run) => {
          contexts.push(`${name} begins`);
          await run();
          contexts.push(`${name} ends`);
        },
      });
    const connection = await NativeConnection.connect({
      address: temporal().address,
      plugins: [theirs('of the connection')],
    });
    const worker = await createWorker(world, {
      connection,
      identity: 'my-worker',
      interceptors: { activity: [interceptor('its own')] },
      plugins: [theirs('before'), pluginFor(world), theirs('behind')],
    });
    await worker.runUntil(async () => {
      const rollout = await world.start();
      expect(await rollout.result()).toMatchObject({ status: 'completed' });
      expect(await pollersOf(world, world.taskQueue)).toEqual(['my-worker']);
      expect(await pollersOf(world, `${world.taskQueue}-control`)).toEqual([
        expect.stringMatching(/^my-worker lightsail-imds-rollout\/\d/),
      ]);
    });
    await connection.close();
    const queues = new Set([...seen.keys()].map((attempt) => attempt.split(' ')[0]));
    expect(queues).toEqual(new Set([world.taskQueue, `${world.taskQueue}-control`]));
    for (const [attempt, by] of seen) {
      expect([attempt, by.toSorted()]).toEqual([attempt, ['before', 'behind', 'its own', 'of the connection']]);
    }
    expect(contexts).toEqual([
      ...['before', 'behind', 'of the connection'].map((name) => `${name} begins`),
      ...['of the connection', 'behind', 'before'].map((name) => `${name} ends`),
    ]);
  });

  it('one plugin serves workers of two connections, and each has its control worker', async () => {
    const world = await createWorld({ fleet: 1, worker: false });
    const plugins = [pluginFor(world)];
    const connections = await Promise.all([1, 2].map(() => NativeConnection.connect({ address: temporal().address })));
    const [one, two] = await Promise.all(
      connections.map((connection, index) =>
        createWorker(world, { connection, plugins: [...plugins], identity: `worker-${index + 1}` }),
      ),
    );
    const controls = async () => (await pollersOf(world, `${world.taskQueue}-control`)).toSorted();
    await two?.runUntil(async () => {
      await one?.runUntil(
        until(async () =>
          expect(await controls()).toEqual([expect.stringMatching(/^worker-1/), expect.stringMatching(/^worker-2/)]),
        ),
      );
      // The other one's has ended with it, and this one's goes on.
      const rollout = await world.start();
      expect(await rollout.result()).toMatchObject({ status: 'completed' });
    });
    await Promise.all(connections.map((connection) => connection.close()));
  });
});

describe('with every slot of the main queue taken', () => {
  let userBundle: { code: string };
  beforeAll(async () => {
    const workflowsPath = fileURLToPath(new URL('../fixtures/user-workflows.ts', import.meta.url));
    userBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  });

  it('a lease is inspected and instances are read within 2 seconds', async () => {
    const tenMinutes = 600_000;
    const slots = 100;
    const scenario = { pending: { min: tenMinutes, max: tenMinutes } };
    const world = await createWorld({ fleet: slots, worker: false, scenario });
    const worker = await createWorker(world, {
      workflowBundle: userBundle,
      maxConcurrentActivityTaskExecutions: slots,
      plugins: [pluginFor(world)],
    });
    await worker.runUntil(async () => {
      const stages = [{ name: 'all', size: 'rest' }] as const;
      const rollout = await world.start({ stages: [...stages], concurrency: slots });
      await waitUntil('every slot holds a change', () => world.updates().length === slots);
      const scope = { account: world.account, region: 'us-east-1' };
      const ids = [watchId(world.instance('web-1').arn)];
      const desired = { httpTokens: 'required' } as const;
      const group = { stage: 'all', desired, checks: [{ kind: 'status' }], ids } as const;
      const handle = await world.client.workflow.start<typeof askControlQueue>('askControlQueue', {
        workflowId: `ask-${world.account}`,
        taskQueue: world.taskQueue,
        args: [
          `imds-rollout-lease:${world.account}:us-east-1`,
          {
            rollout: rollout.workflowId,
            mode: 'before',
            interval: 1_000,
            failureThreshold: 3,
            scopes: [{ scope, groups: [group], streaks: {} }],
          },
        ],
      });
      await handle.result();
      const { events } = await handle.fetchHistory();
      const at = (type: 'activityTaskScheduled' | 'activityTaskStarted') =>
        (events ?? []).filter((event) => event[`${type}EventAttributes`]).map(timeOf);
      const [scheduled, started] = [at('activityTaskScheduled'), at('activityTaskStarted')];
      expect(started).toHaveLength(2);
      expect(Math.max(...started) - Math.min(...scheduled)).toBeLessThan(2_000);
      expect(world.updates()).toHaveLength(slots);
      await world.client.workflow.getHandle(rollout.workflowId).terminate();
    });
  });
});
