import { CliError } from './errors.js';
import type { ConnectionFlags } from './flags.js';
import { connectionWords } from './next-command.js';

/** Flags that were given, by their names. @example givenFlags({ '--config': 'worker.yaml', '--regions': undefined }) // ['--config'] */
export function givenFlags(flags: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(flags)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([flag]) => flag);
}

/** Those of the Temporal connection. */
export function givenConnectionFlags(flags: ConnectionFlags): string[] {
  return [...new Set(connectionWords(flags).filter((word) => word.startsWith('--')))];
}

/**
 * A flag that does nothing is most likely a mistake in another one.
 *
 * @param why - begins a sentence that ends in the flags, such as `A plan that is made here has no use for`
 * @param remedy - beside leaving them out, such as `add --remote`
 * @throws CliError `BadInput` where there is one
 */
export function refuseIdle(why: string, idle: readonly string[], remedy?: string): void {
  if (idle.length === 0) return;
  const leave = `leave ${idle.length === 1 ? 'it' : 'them'} out`;
  throw new CliError(
    'BadInput',
    `${why} ${idle.join(' and ')}: ${remedy === undefined ? leave : `${remedy}, or ${leave}`}.`,
  );
}
