import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../rollout/duration.js';
import { shellWord } from '../rollout/shell.js';
import { CliError } from './errors.js';
import { connectionWords } from './next-command.js';
import type { Session } from './temporal.js';

/** `TaskQueueType` (temporal/api/enums/v1/task_queue.proto). */
const QUEUE_TYPES = { workflow: 1, activity: 2 } as const;

/** `WORKER_VERSIONING_MODE_VERSIONED` (temporal/api/enums/v1/deployment.proto). */
const VERSIONED = 2;

/** A poll stands for a minute, and is counted from its start: one that began earlier has ended with its worker. */
const POLL_STANDS = 75_000;

const ANSWER_TIMEOUT = 5_000;

/** Who polls a task queue. */
export interface Pollers {
  readonly live: number;
  /** What the live ones call themselves. */
  readonly identities: readonly string[];
  /** Worker Deployments that live ones are versions of. */
  readonly deployments: readonly string[];
  /** Milliseconds since the last poll began; missing where the server remembers none. */
  readonly lastSeen?: number;
}

export async function findPollers(
  session: Session,
  taskQueue: string,
  kind: keyof typeof QUEUE_TYPES = 'workflow',
): Promise<Pollers> {
  const reply = await session.within(ANSWER_TIMEOUT, () =>
    session.client.workflowService.describeTaskQueue({
      namespace: session.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: QUEUE_TYPES[kind],
    }),
  );
  const seen = (reply.pollers ?? []).map(({ lastAccessTime, identity, deploymentOptions }) => {
    const seconds = lastAccessTime?.seconds;
    const isKnown = seconds !== undefined && seconds !== null;
    const isVersioned = deploymentOptions?.workerVersioningMode === VERSIONED;
    return {
      age: isKnown ? Date.now() - Number(String(seconds)) * 1_000 : Infinity,
      identity: identity ?? '',
      deployment: isVersioned ? (deploymentOptions?.deploymentName ?? '') : '',
    };
  });
  const lastSeen = Math.min(...seen.map(({ age }) => age));
  const live = seen.filter(({ age }) => age <= POLL_STANDS);
  return {
    live: live.length,
    identities: live.map(({ identity }) => identity),
    deployments: [...new Set(live.map(({ deployment }) => deployment))].filter((name) => name !== ''),
    ...(Number.isFinite(lastSeen) && { lastSeen: Math.max(0, lastSeen) }),
  };
}

/** A worker that is being started, or replaced by another one, polls within this time; milliseconds. */
const WORKER_ALLOWED = 10_000;
const LOOK_AGAIN = 400;

/**
 * Who polls a task queue, after waiting up to 10 s for somebody where nobody does.
 *
 * @param note - told once that it is waited for
 */
export async function awaitWorker(
  session: Session,
  taskQueue: string,
  note?: (text: string) => void,
): Promise<Pollers> {
  const until = Date.now() + WORKER_ALLOWED;
  let pollers = await findPollers(session, taskQueue);
  if (pollers.live === 0) {
    note?.(`Waits up to ${formatDuration(WORKER_ALLOWED)} for a worker on task queue ${taskQueue} …`);
  }
  while (pollers.live === 0 && Date.now() < until) {
    await delay(LOOK_AGAIN);
    pollers = await findPollers(session, taskQueue);
  }
  return pollers;
}

/**
 * The same, for what makes no sense without a worker.
 *
 * @param consequence - what wasn't done for want of one, as a sentence
 * @throws CliError `NoWorker`
 */
export async function requireWorker(
  session: Session,
  taskQueue: string,
  consequence: string,
  note?: (text: string) => void,
): Promise<Pollers> {
  const pollers = await awaitWorker(session, taskQueue, note);
  if (pollers.live === 0) {
    throw new CliError('NoWorker', `${describeNoWorker(session, taskQueue, pollers)}\n${consequence}`);
  }
  return pollers;
}

/** What is wrong, and what to do: for a message, or for the error that ends a command. */
export function describeNoWorker(session: Session, taskQueue: string, pollers: Pollers): string {
  const { live, lastSeen, deployments } = pollers;
  const what =
    live > 0 && lastSeen !== undefined
      ? `No worker answers on task queue ${taskQueue}, though one polled ${formatDuration(lastSeen)} ago`
      : `No worker polls task queue ${taskQueue}`;
  const versions = deployments.map(
    (name) => `Its workers get work once their version is current: temporal worker deployment describe --name ${name}`,
  );
  return [
    `${what} (namespace ${session.namespace} at ${session.address}).`,
    ...versions,
    `Start one, with AWS credentials in its environment: ${workerCommand(session, taskQueue)}`,
    'A rollout that should not go on can be cancelled without a worker: temporal workflow cancel --workflow-id ID',
  ].join('\n');
}

/** The command that starts a worker for a task queue. */
export function workerCommand({ address, namespace, flags }: Session, taskQueue: string): string {
  const connection = connectionWords({ ...flags, address, namespace });
  return ['imds-rollout', 'worker', ...connection, '--task-queue', shellWord(taskQueue)].join(' ');
}
