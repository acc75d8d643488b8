import { cleanLine } from '../rollout/clean.js';
import type { ListFlags } from './commands/list.js';
import type { ListJson } from './json/list.js';
import { listRollouts } from './list-rollouts.js';
import { commandLine } from './next-command.js';
import type { Output } from './output.js';
import { wrap } from './render/columns.js';
import { renderList } from './render/list.js';
import type { Session } from './temporal.js';
import { workerCommand } from './workers.js';

/** Prints the rollouts and rollbacks of a namespace. */
export async function showList(session: Session, output: Output, flags: ListFlags): Promise<void> {
  const { open = false, limit } = flags;
  const listing = await listRollouts(session, open, limit);
  output.result(listing);
  if (output.json) return;
  const { rollouts } = listing;
  output.print(...renderList(output, rollouts, output.isTerminal ? Date.now() : undefined));
  // A command stays on one line, to be copied.
  for (const line of hints(session, flags, listing)) {
    output.print(...(line.startsWith('  ') ? [line] : wrap(line, output.width, '  ')));
  }
}

function hints(session: Session, { open }: ListFlags, { rollouts, more }: ListJson): string[] {
  const where = `in namespace ${session.namespace} at ${session.address}`;
  if (rollouts.length === 0 && open) {
    return [
      `No rollout is open ${where}.`,
      'To see those that have ended:',
      `  ${commandLine('list', '', session.flags)}`,
    ];
  }
  if (rollouts.length === 0) {
    return [
      `There is no rollout ${where}.`,
      'To start one: imds-rollout init, then',
      `  ${commandLine('start', 'rollout.yaml', session.flags, '--watch')}`,
      'To see one on simulated instances: imds-rollout demo',
    ];
  }
  const encoded = rollouts.some((rollout) => rollout.encoded);
  const waiting = rollouts.filter(({ state, answered, encoded }) => state === 'open' && !answered && !encoded);
  const queues = [...new Set(waiting.map(({ taskQueue }) => taskQueue))].slice(0, MAX_QUEUES);
  return [
    ...(more ? ['', 'There are more: see --limit.'] : []),
    ...(encoded
      ? ['', 'What is encrypted is shown with the data converter of its worker: --data-converter MODULE']
      : []),
    ...(queues.length === 0 ? [] : ['', 'What no worker answers for goes on as soon as one polls its task queue:']),
    ...queues.map((queue) => `  ${workerCommand(session, cleanLine(queue))}`),
  ];
}

/** So many are named. */
const MAX_QUEUES = 3;
