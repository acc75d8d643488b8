import { confirm, isCancel } from '@clack/prompts';
import { CliError, InterruptedError } from './errors.js';
import type { Output } from './output.js';
import type { Session } from './temporal.js';

/**
 * Asks before something is done; Enter alone is no.
 *
 * @param kept - how things are after a no, without a full stop
 * @throws CliError `Declined`; InterruptedError after Ctrl-C
 * @example await ask(output, 'Change 12 instances?', 'Nothing was started');
 */
export async function ask(output: Output, question: string, kept: string): Promise<void> {
  const answer = await confirm({ message: question, initialValue: false, output: output.stream });
  if (isCancel(answer)) throw new InterruptedError('SIGINT', `${kept}.`);
  if (!answer) throw new CliError('Declined', `${kept}, as answered.`);
}

/** On which server, for the end of a question. @example 'Temporal at localhost:7233, namespace default' */
export function whereAsked({ address, namespace }: Pick<Session, 'address' | 'namespace'>): string {
  return `Temporal at ${address}, namespace ${namespace}`;
}
