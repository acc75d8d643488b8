import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';

/** What the command lines of a test run have done, a line for each. */
interface Reached {
  readonly command: string;
  readonly code: number | null;
  /** Printed the object that `--json` documents, and not an error. */
  readonly shaped: boolean;
}

/** Every exit code of the command line: see its help. */
const EXIT_CODES = [0, 1, 2, 3, 4, 5, 130, 143];

const fileIn = (folder: string) => join(folder, 'reached.jsonl');

export function recordReached(folder: string, reached: Reached): void {
  appendFileSync(fileIn(folder), `${JSON.stringify(reached)}\n`);
}

/**
 * What no test of a whole run has reached.
 *
 * @param folder - where its tests have recorded what they did
 */
export function findUnreached(folder: string): string[] {
  const reached = readFileSync(fileIn(folder), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): Reached => JSON.parse(line));
  const codes = new Set(reached.map(({ code }) => code));
  const shaped = new Set(reached.filter(({ shaped }) => shaped).map(({ command }) => command));
  return [
    ...EXIT_CODES.filter((code) => !codes.has(code)).map((code) => `exit code ${code}`),
    ...jsonCommands()
      .filter((command) => !shaped.has(command))
      .map((command) => `${command} --json`),
  ];
}

/** A command, by what is typed: `plan`, `schedule create`. */
export interface NamedCommand {
  readonly name: string;
  readonly command: Command;
}

/** The commands that have `--json`. */
export function jsonCommands(): string[] {
  return allCommands().flatMap(({ name, command }) =>
    command.options.some(({ long }) => long === '--json') ? [name] : [],
  );
}

export function allCommands(): NamedCommand[] {
  return createProgram(() => {}).commands.flatMap((command) =>
    command.commands.length === 0
      ? [{ name: command.name(), command }]
      : command.commands.map((inner) => ({ name: `${command.name()} ${inner.name()}`, command: inner })),
  );
}
