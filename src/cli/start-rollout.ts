import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import type { RolloutSpec, RolloutSpecInput } from '../rollout/spec.js';
import { confirmStart, showIntent } from './confirm-start.js';
import { EXIT } from './exit-codes.js';
import type { FoundRollout } from './find-rollout.js';
import type { ConnectionFlags, JsonFlag } from './flags.js';
import { commandLine } from './next-command.js';
import type { Output } from './output.js';
import { rolloutJson } from './rollout-json.js';
import { type Session, withSession } from './temporal.js';
import { watchToEnd } from './watch-to-end.js';
import { describeNoWorker, findPollers } from './workers.js';

export interface StartFlags extends ConnectionFlags, JsonFlag {
  readonly yes?: boolean;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly taskQueue?: string;
  readonly workflowId?: string;
}

/** Asks where it may, starts the rollout, and watches it where that is wanted. @returns the exit code */
export async function startRollout(
  { spec, input }: { readonly spec: RolloutSpec; readonly input: RolloutSpecInput },
  flags: StartFlags,
  output: Output,
): Promise<number> {
  return withSession(flags, async (session) => {
    if (flags.yes) showIntent(output, spec);
    else await confirmStart(output, spec, session);
    const rollout = await start(session, input, flags);
    output.print(`${output.paint.green('✔')} Started ${rollout.workflowId} on task queue ${rollout.taskQueue}.`, '');
    if (flags.watch || flags.wait) return watchToEnd(session, rollout, output, { ...flags, quiet: !flags.watch });
    await sayStarted(session, rollout, flags, output);
    return EXIT.done;
  });
}

async function start(session: Session, input: RolloutSpecInput, flags: StartFlags): Promise<FoundRollout> {
  const taskQueue = flags.taskQueue ?? DEFAULT_TASK_QUEUE;
  const handle = await session.rollouts.start(input, {
    taskQueue,
    ...(flags.workflowId !== undefined && { workflowId: flags.workflowId }),
  });
  const { workflowId, runId = '' } = handle;
  return { handle, workflowId, runId, taskQueue, isOpen: true };
}

async function sayStarted(session: Session, rollout: FoundRollout, flags: StartFlags, output: Output): Promise<void> {
  output.result(rolloutJson(session, rollout, { state: 'started', exitCode: EXIT.done }));
  const pollers = await findPollers(session, rollout.taskQueue);
  if (pollers.live === 0)
    output.note(`${describeNoWorker(session, rollout.taskQueue, pollers)}\nThe rollout waits for it.`);
  output.print('To follow it:', `  ${commandLine('watch', rollout.workflowId, flags)}`);
}
