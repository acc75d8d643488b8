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
  /** What it has said since it polls: `stopping`, and the name of the error in which the Update has ended at which it stopped. */
  readonly said: readonly string[];
  /** It goes on where it has stopped. */
  resume(): void;
}

export interface WorkerProcessOptions {
  /** It stops itself, as SIGSTOP does it, where the first Update of this instance has been recorded and its bytes are about to leave. */
  readonly stopAt?: string;
  /** How far its clock is ahead of that of the others, in milliseconds. */
  readonly clockAhead?: number;
}

/** A worker of the world in a process of its own; resolves once it polls. It is killed when the test ends. */
export async function spawnWorker(
  world: World,
  onTestFinished: TestContext['onTestFinished'],
  { stopAt, clockAhead = 0 }: WorkerProcessOptions = {},
): Promise<WorkerProcess> {
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
    clockAhead,
    ...(stopAt !== undefined && { stopAt }),
  };
  const child = fork(SCRIPT, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-5_000);
  });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const early = ended.then(() => Promise.reject(new Error(`the worker ended before it polled:\n${errors}`)));
  await Promise.race([once(child, 'message'), early]);
  early.catch(() => undefined);
  const said: string[] = [];
  child.on('message', (message) => said.push(String(message)));
  return { kill, said, resume: () => void child.kill('SIGCONT') };
}
