import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunFlags } from './commands/run.js';
import { CliError, reasonOf } from './errors.js';
import { EXIT, exitCodeOfOutcome, exitCodeOfSignal } from './exit-codes.js';
import { type FoundRollout, findRollout, KIND_TYPES, listOpen } from './find-rollout.js';
import { commandLine } from './next-command.js';
import type { Output } from './output.js';
import { renderOutcome } from './render/outcome.js';
import { rolloutJson } from './rollout-json.js';
import { openRun, type RunStack, refuseIdleConnection } from './run/open.js';
import {
  describeAfterwards,
  describeKept,
  describePlace,
  describeStack,
  encodedBy,
  keepLine,
  leavingOf,
  ofFolder,
  resumeLine,
} from './run/texts.js';
import { endAtNextInterrupt, type Interruption, listenForInterrupts, unlessInterrupted } from './signals.js';
import { agreeOnStart, readRequest, type StartRequest, startAgreed } from './start-rollout.js';
import { explainTemporalError } from './temporal-errors.js';
import { watchToEnd } from './watch-to-end.js';
import { installRuntime } from './worker-log.js';

/**
 * Opens server and worker, and carries a rollout out: a new one, or the one that is open. Without either, both stay up for
 * other commands.
 *
 * @returns the exit code
 */
export async function runRollout(
  file: Pick<StartRequest, 'spec' | 'input'> | undefined,
  flags: RunFlags,
  output: Output,
): Promise<number> {
  refuseIdleConnection(flags);
  const interruption = listenForInterrupts();
  installRuntime('ERROR');
  const request = file === undefined ? undefined : await readRequest(file, flags);
  const opening = openRun(flags, request === undefined, output);
  const stack = await unlessInterrupted(opening, interruption, 'Nothing was started.');
  try {
    output.print(...describeStack(stack, output));
    return await Promise.race([carryOut(stack, request, flags, output, interruption), stack.broken]);
  } catch (error) {
    throw await causeOf(error, stack, flags);
  } finally {
    await stack.close();
  }
}

async function carryOut(
  stack: RunStack,
  request: StartRequest | undefined,
  flags: RunFlags,
  output: Output,
  interruption: Interruption,
): Promise<number> {
  const found = await findOrStart(stack, request, flags, output, interruption);
  const exitCode = found === undefined ? EXIT.done : await follow(stack, found, flags, output, interruption);
  if (flags.keep && !wasLeft(exitCode)) await keep(stack, output, interruption);
  return exitCode;
}

/** @returns undefined where nothing is asked for but a server and a worker */
async function findOrStart(
  stack: RunStack,
  request: StartRequest | undefined,
  flags: RunFlags,
  output: Output,
  interruption: Interruption,
): Promise<FoundRollout | undefined> {
  if (request !== undefined) {
    await unlessInterrupted(prepareStart(stack, request, flags, output), interruption, 'Nothing was started.');
    // Not to be given up half-way: it would be unknown whether it was started.
    return startAgreed(stack.session, request, flags, output);
  }
  if (flags.resume !== undefined)
    return unlessInterrupted(findOpen(stack, flags), interruption, 'Nothing was resumed.');
  await unlessInterrupted(prepareForOthers(stack, flags), interruption, 'Stopped.');
  return undefined;
}

/** Asks before the worker starts: until then nothing can be changed. */
async function prepareStart(stack: RunStack, request: StartRequest, flags: RunFlags, output: Output): Promise<void> {
  await requireNothingOpen(stack, flags);
  await agreeOnStart(stack.session, request, flags, output);
  output.print(output.paint.dim('Worker starts …'));
  await stack.startWorker();
}

async function prepareForOthers(stack: RunStack, flags: RunFlags): Promise<void> {
  await requireNothingOpen(stack, flags);
  await stack.startWorker();
}

/** A worker goes on with whatever is open: what nobody has asked for here must not be changed. @throws CliError `RolloutOpen` */
async function requireNothingOpen(stack: RunStack, flags: RunFlags): Promise<void> {
  // On a server that others use too, other rollouts are no surprise.
  if (!stack.isLocal) return;
  const open = (await Promise.all(KIND_TYPES.map((type) => listOpen(stack.session, type)))).flat();
  const [first] = open;
  if (first === undefined) return;
  throw new CliError(
    'RolloutOpen',
    `${open.join(', ')} is open in ${stack.folder.path}, and would go on together with what is started now. Go on with it first:\n` +
      `  ${resumeLine(stack, flags, first)}\nTo end it instead, do that, and in a second terminal: ${commandLine('abort', first, encodedBy(flags))}${ofFolder(flags)}`,
  );
}

/** @throws CliError `RolloutNotFound`, or `BadInput` where several are open */
async function findOpen(stack: RunStack, flags: RunFlags): Promise<FoundRollout> {
  const { session, isLocal, folder } = stack;
  const { resume } = flags;
  const id = typeof resume === 'string' ? resume : undefined;
  const found = await findRollout(session, id).catch((error: unknown) => {
    if (!isLocal || !(error instanceof CliError) || error.type !== 'RolloutNotFound') throw error;
    const what = id === undefined ? 'Nothing is open' : `There is no rollout ${id}`;
    throw new CliError(
      'RolloutNotFound',
      `${what} in ${folder.path}. To see what has ended: ${keepLine(stack, flags)}\nand in a second terminal: ${commandLine('list', '', encodedBy(flags))}${ofFolder(flags)}`,
      { cause: error },
    );
  });
  if (found.isOpen) await stack.startWorker();
  // What has ended needs none, and what is asked for of it in a second terminal does.
  else if (flags.keep) await prepareForOthers(stack, flags);
  return found;
}

/** Watches it to its end. @returns the exit code */
async function follow(
  stack: RunStack,
  found: FoundRollout,
  flags: RunFlags,
  output: Output,
  interruption: Interruption,
): Promise<number> {
  const { session, connection } = stack;
  if (!found.isOpen) return tellEnd(stack, found, output);
  if (flags.resume !== undefined) {
    output.print(`${output.paint.green('✔')} Going on with ${found.workflowId}.`);
  }
  output.print(...describePlace(stack, found));
  const leaving = leavingOf(stack, flags, found);
  if (interruption.received !== undefined) {
    const exitCode = exitCodeOfSignal(interruption.received);
    output.result(rolloutJson(session, found, { state: 'left', exitCode }));
    output.note(leaving.said);
    return exitCode;
  }
  const exitCode = await watchToEnd(session, found, output, { ...connection, leaving });
  if (wasLeft(exitCode)) {
    // The watch has its own ears, and may have heard of it alone.
    interruption.dispose();
    endAtNextInterrupt();
    sayStopping(output);
  } else if (stack.isLocal && !flags.keep) {
    output.print(...describeAfterwards(stack, flags, found));
  } else {
    output.print('');
  }
  return exitCode;
}

/** Of one that has ended already: what its history says, for which no worker is needed. */
async function tellEnd({ session }: RunStack, found: FoundRollout, output: Output): Promise<number> {
  const outcome = await found.handle.result();
  const exitCode = exitCodeOfOutcome(outcome);
  output.print(`${found.workflowId} has ended already:`, ...renderOutcome(output, outcome));
  output.result(rolloutJson(session, found, { state: 'ended', outcome, exitCode }));
  return exitCode;
}

/** A signal's exit code. */
function wasLeft(exitCode: number): boolean {
  return exitCode > 128;
}

async function keep(stack: RunStack, output: Output, { signal }: Interruption): Promise<void> {
  output.print(...describeKept(stack));
  if (!signal.aborted) await Promise.race([once(signal, 'abort'), stack.broken]);
  output.print('');
  sayStopping(output);
}

/** Where the server is gone, its calls fail a moment before it is known why. */
async function causeOf(error: unknown, stack: RunStack, flags: RunFlags): Promise<unknown> {
  const explained = explainTemporalError(error, stack.session);
  if (!stack.isLocal || !(explained instanceof CliError) || explained.type !== 'NoServer') return explained;
  const cause = await Promise.race([stack.broken, delay(500)]).then(
    () => explained,
    (reason: unknown) => reason,
  );
  const what = `What is open is kept in ${stack.folder.path}. To go on with it:\n  ${resumeLine(stack, flags)}`;
  return new CliError('NoServer', `${reasonOf(cause)}\n${what}`, { cause });
}

function sayStopping(output: Output): void {
  output.note('Stopping: what the worker has begun may end, within 40 s. Ctrl-C once more ends all at once.');
}
