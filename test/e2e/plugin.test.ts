import { fileURLToPath } from 'node:url';
import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, type ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createSdkLightsail } from '../../src/lightsail/index.js';
import { LightsailImdsPlugin } from '../../src/plugin.js';
import type { changeOneWorkflow, greetWorkflow } from '../fixtures/user-workflows.js';
import { sharedSinks } from '../measure/from-workflows.js';
import { QUICK_PACING } from '../support/pacing.js';
import { SECRET_KEY } from '../support/secret-pattern.js';
import { temporal } from '../support/temporal.js';
import { until } from '../support/wait.js';
import { ACCESS_KEY, createWorld, type World } from '../support/world.js';

const USER_WORKFLOWS = fileURLToPath(new URL('../fixtures/user-workflows.ts', import.meta.url));

let userBundle: { code: string };
beforeAll(async () => {
  userBundle = await bundleWorkflowCode({ workflowsPath: USER_WORKFLOWS, logger: new DefaultLogger('ERROR') });
});

function pluginFor(world: World): LightsailImdsPlugin {
  const { lightsail, close } = createSdkLightsail({
    endpoint: world.simulator.url,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    pacing: QUICK_PACING,
  });
  onTestFinished(close);
  return new LightsailImdsPlugin({ lightsail });
}

/** A worker as its user writes it; returns how to stop it. */
async function runWorker(world: World, options: Partial<WorkerOptions>): Promise<() => Promise<void>> {
  const worker = await Worker.create({
    connection: await temporal().nativeConnection(),
    namespace: temporal().namespace,
    taskQueue: world.taskQueue,
    sinks: sharedSinks,
    ...options,
  });
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    if (stopped === undefined) {
      worker.shutdown();
      stopped = running;
    }
    return stopped;
  };
  onTestFinished(stop);
  return stop;
}

/** Everybody who polls a task queue of this kind now or has lately. */
async function pollersOf(world: World, taskQueue: string): Promise<number> {
  const { pollers } = await world.client.workflowService.describeTaskQueue({
    namespace: temporal().namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: 2,
  });
  return pollers?.length ?? 0;
}

describe('a worker with workflows and activities of its own', () => {
  async function startUserWorld() {
    const world = await createWorld({ fleet: 3, worker: false });
    const stop = await runWorker(world, {
      workflowBundle: userBundle,
      activities: { greet: async (name: string) => `hello ${name}` },
      plugins: [pluginFor(world)],
    });
    return { world, stop };
  }

  it('keeps them, and runs rollouts too', async () => {
    const { world } = await startUserWorld();
    const greeting = world.client.workflow.execute<typeof greetWorkflow>('greetWorkflow', {
      workflowId: `greet-${world.account}`,
      taskQueue: world.taskQueue,
      args: ['you'],
    });
    expect(await greeting).toBe('hello you');
    const rollout = await world.start();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
  });

  it("gets the API's whole replies from the building blocks", async () => {
    const { world } = await startUserWorld();
    const { before, update } = await world.client.workflow.execute<typeof changeOneWorkflow>('changeOneWorkflow', {
      workflowId: `change-${world.account}`,
      taskQueue: world.taskQueue,
      args: ['us-east-1', 'web-1'],
    });
    const { arn, blueprint } = world.instance('web-1');
    expect(before.instance).toMatchObject({
      name: 'web-1',
      arn,
      blueprintId: blueprint,
      location: { regionName: 'us-east-1' },
      state: { name: 'running' },
      metadataOptions: {
        state: 'applied',
        httpTokens: 'optional',
        httpEndpoint: 'enabled',
        httpPutResponseHopLimit: 1,
      },
    });
    expect(update.operation).toMatchObject({ resourceName: 'web-1', operationType: 'UpdateInstanceMetadataOptions' });
    expect(update.operation?.id).toEqual(expect.any(String));
  });

  it.each([
    { what: 'an instance that is not there', name: 'web-9', type: 'NotFoundException', nonRetryable: true },
    { what: 'an access denied', name: 'web-2', type: 'AccessDeniedException', nonRetryable: true },
    { what: 'a service failure', name: 'web-3', type: 'ServiceException', nonRetryable: false },
  ])("gets $what as a failure by AWS's own name", async ({ name, type, nonRetryable }) => {
    const { world } = await startUserWorld();
    world.simulator.state.addFault({ instance: 'web-2', effect: { error: 'AccessDeniedException' } });
    world.simulator.state.addFault({ instance: 'web-3', effect: { error: 'ServiceException' } });
    const error: unknown = await world.client.workflow
      .execute<typeof changeOneWorkflow>('changeOneWorkflow', {
        workflowId: `fail-${world.account}`,
        taskQueue: world.taskQueue,
        args: ['us-east-1', name],
      })
      .catch((failure: unknown) => failure);
    const activity = error instanceof WorkflowFailedError ? error.cause : undefined;
    expect(activity).toBeInstanceOf(ActivityFailure);
    const cause = (activity as ActivityFailure).cause as ApplicationFailure;
    expect(cause).toMatchObject({ type, nonRetryable, message: expect.stringContaining(`us-east-1/${name}`) });
  });
});

it('polls the control queue in the same process, and stops it with the worker', async () => {
  const world = await createWorld({ fleet: 1, worker: false });
  const stop = await runWorker(world, { workflowBundle: userBundle, plugins: [pluginFor(world)] });
  await until(async () => expect(await pollersOf(world, `${world.taskQueue}-control`)).toBe(1));
  // A worker whose control part went on would keep this waiting.
  await stop();
});

it('works as a plugin of the connection, and of connection and worker both', async () => {
  const world = await createWorld({ fleet: 2, worker: false });
  const plugin = pluginFor(world);
  const connection = await NativeConnection.connect({ address: temporal().address, plugins: [plugin] });
  const stop = await runWorker(world, { connection, workflowBundle: { codePath: inject('workflowBundle') } });
  const rollout = await world.start();
  expect(await rollout.result()).toMatchObject({ status: 'completed' });
  expect(await pollersOf(world, `${world.taskQueue}-control`)).toBe(1);
  expect(await pollersOf(world, `${world.taskQueue}-control-control`)).toBe(0);
  await stop();

  const stopBoth = await runWorker(world, {
    connection,
    taskQueue: `${world.taskQueue}-both`,
    workflowBundle: { codePath: inject('workflowBundle') },
    plugins: [plugin],
  });
  const again = await world.rollouts.start(world.spec({ options: { httpPutResponseHopLimit: 2 } }), {
    taskQueue: `${world.taskQueue}-both`,
  });
  expect(await again.result()).toMatchObject({ status: 'completed' });
  await stopBoth();
  await connection.close();
});
