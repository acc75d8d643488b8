import { fileURLToPath } from 'node:url';
import { CLI, timeNode } from './command-line.js';

const SPEC = fileURLToPath(new URL('../../bench/spec.yaml', import.meta.url));

/** What is started, by what a person types. */
const COMMANDS = {
  'node -e 0': ['-e', '0'],
  '--help': [CLI, '--help'],
  validate: [CLI, 'validate', SPEC],
} as const;

export type StartUp = Readonly<Record<keyof typeof COMMANDS, readonly number[]>>;

/** Milliseconds that each of them takes, in turn, so many times. */
export async function measureStartUp(rounds: number): Promise<StartUp> {
  const times = { 'node -e 0': [], '--help': [], validate: [] } satisfies Record<keyof typeof COMMANDS, number[]>;
  const all: Record<keyof typeof COMMANDS, number[]> = times;
  for (let round = 0; round < rounds; round += 1) {
    for (const what of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])
      all[what].push(await timeNode(COMMANDS[what]));
  }
  return all;
}
