import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inject, type TestContext } from 'vitest';
import { SECRET_KEY } from './secret-pattern.js';
import { ACCESS_KEY, type World } from './world.js';

const SCRIPT = fileURLToPath(new URL('worker-process.mjs', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));

export interface WorkerProcess {
  /** SIGKILL: it gets no chance to say or to finish anything. */
  kill(): Promise<void>;
}

/** A worker of the world in a process of its own; resolves once it polls. It is killed when the test ends. */
export async function spawnWorker(world: World, onTestFinished: TestContext['onTestFinished']): Promise<WorkerProcess> {
  if (!existsSync(BUILT)) throw new Error('dist/ is missing: npm run build');
  const { taskQueue, simulator } = world;
  const { address, namespace } = world.temporal;
  const workflowBundle = inject('workflowBundle');
  const settings = {
    address,
    namespace,
    taskQueue,
    workflowBundle,
    endpoint: simulator.url,
    accessKeyId: ACCESS_KEY,
    secretAccessKey: SECRET_KEY,
  };
  const child = fork(SCRIPT, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-5_000);
  });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const early = ended.then(() => Promise.reject(new Error(`the worker ended before it polled:\n${said}`)));
  await Promise.race([once(child, 'message'), early]);
  early.catch(() => undefined);
  return { kill };
}
