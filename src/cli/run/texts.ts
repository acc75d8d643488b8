import { shellWord } from '../../rollout/shell.js';
import type { RunFlags } from '../commands/run.js';
import type { FoundRollout } from '../find-rollout.js';
import type { ConnectionFlags } from '../flags.js';
import { commandLine } from '../next-command.js';
import type { Output } from '../output.js';
import { wrap } from '../render/columns.js';
import type { Leaving } from '../watch-to-end.js';
import { describeSettings } from '../worker-config.js';
import type { RunStack } from './open.js';

/** What was opened, where it keeps what, and what that is worth. */
export function describeStack(
  { session, isLocal, uiUrl, folder, config }: RunStack,
  { paint, width }: Output,
): string[] {
  const worth = isLocal
    ? 'The rollout survives a crash or a reboot of this machine, and goes on only while this command runs. Unattended or shared ones want a shared Temporal: imds-rollout worker, and start.'
    : 'The worker is this process: the rollout goes on only while this command runs, or another worker polls.';
  return [
    ...wrap(worth, width),
    `  Temporal server  ${session.address}${isLocal ? '' : ` (namespace ${session.namespace}, not started by this command)`}`,
    ...(uiUrl === undefined ? [] : [`  Temporal UI      ${paint.cyan(uiUrl)}`]),
    ...(isLocal ? [`  State folder     ${folder.path}`] : []),
    ...describeSettings(config).flatMap((line) => wrap(`  ${line}`, width, '    ')),
    '',
  ];
}

/** Where the rollout is to be seen, and how it is steered meanwhile. */
export function describePlace({ session, uiUrl, connection }: RunStack, { workflowId }: FoundRollout): string[] {
  return [
    ...(uiUrl === undefined
      ? []
      : [
          '  In the Temporal UI:',
          `    ${uiUrl}/namespaces/${session.namespace}/workflows/${encodeURIComponent(workflowId)}`,
        ]),
    '  In a second terminal (also: pause, resume, approve, revert, abort):',
    `    ${commandLine('status', workflowId, connection)}`,
    '',
  ];
}

/** What Ctrl-C means here. */
export function leavingOf(stack: RunStack, flags: RunFlags, { kind, workflowId }: FoundRollout): Leaving {
  const { isLocal, folder, session } = stack;
  const [ends, unless, where] = isLocal
    ? ['server and worker', '', `kept in ${folder.path}`]
    : ['this worker', ' unless another worker polls', `kept by the server at ${session.address}`];
  const name = `${kind === 'rollback' ? 'Rollback' : 'Rollout'} ${workflowId}`;
  return {
    hint: `  q and Ctrl-C stop ${ends}: the ${kind} stands still${unless} until run --resume goes on with it.`,
    said: `${name} stands still${unless}, and is ${where}. To go on with it:\n  ${resumeLine(stack, flags, workflowId)}`,
  };
}

/** The command that goes on with it. A state folder has one that is open, so that no ID is needed there. */
export function resumeLine(stack: RunStack, flags: RunFlags, workflowId = ''): string {
  return runLine('--resume', stack, flags, ...(stack.isLocal ? [] : [workflowId]));
}

/** What has ended is looked at, and taken back, where its history is. */
export function describeAfterwards(stack: RunStack, flags: RunFlags, { workflowId }: FoundRollout): string[] {
  return [
    '',
    'To look at it again or take it back: start its server, then use a second terminal.',
    `  ${keepLine(stack, flags)}`,
    `  ${commandLine('rollback', workflowId, encodedBy(flags))}${ofFolder(flags)}`,
  ];
}

/** The command that starts the server of what has ended. */
export function keepLine(stack: RunStack, flags: RunFlags): string {
  return runLine('--keep', stack, flags);
}

/** What a server of its own is reached with beside its address. */
export function encodedBy({ dataConverter }: ConnectionFlags): ConnectionFlags {
  return dataConverter === undefined ? {} : { dataConverter };
}

export function describeKept({ connection, isLocal }: RunStack): string[] {
  return [
    `${isLocal ? 'Server, UI and worker stay' : 'The worker stays'} up until Ctrl-C. In a second terminal:`,
    `  ${commandLine('list', '', connection)}`,
    `  ${commandLine('status', 'ID', connection)}`,
    `  ${commandLine('rollback', 'ID', connection, '--watch')}`,
  ];
}

function runLine(what: string, { isLocal }: RunStack, flags: RunFlags, ...more: readonly string[]): string {
  const { config, stateDir } = flags;
  return commandLine(
    'run',
    '',
    isLocal ? encodedBy(flags) : flags,
    what,
    ...more.filter((id) => id !== '').map(shellWord),
    ...(config === undefined ? [] : ['--config', shellWord(config)]),
    ...(stateDir === undefined ? [] : ['--state-dir', shellWord(stateDir)]),
  );
}

/** Other commands find the server of the usual folder, or of the one in the environment, by themselves. */
export function ofFolder({ stateDir }: RunFlags): string {
  return stateDir === undefined ? '' : '   (with the --address that it prints)';
}
