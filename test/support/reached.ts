import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { z } from 'zod';
import { ERROR_SHAPE, isShaped, JSON_SHAPES } from '../../src/cli/json/index.js';
import { createProgram } from '../../src/cli/program.js';

/** Which tests are run together: see vitest.config.ts. */
export type Lane = 'quick' | 'slow' | 'all';

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

/** Prints its one object in any case. */
const ALWAYS_JSON = 'simulator';

/**
 * Holds what a command has printed with `--json` against its documented shape, and keeps a note of what was reached.
 *
 * @param folder - of the whole run
 * @throws where it isn't as documented
 */
export function recordEnd(
  folder: string,
  args: readonly string[],
  { code, stdout }: { readonly code: number | null; readonly stdout: string },
): void {
  const command = allCommands().find(({ name }) => `${args.slice(0, 2).join(' ')} `.startsWith(`${name} `))?.name ?? '';
  const printed = (args.includes('--json') || command === ALWAYS_JSON) && stdout !== '' ? stdout : undefined;
  const shaped = printed !== undefined && checkShape(command, JSON.parse(printed));
  const reached: Reached = { command, code, shaped };
  appendFileSync(fileIn(folder), `${JSON.stringify(reached)}\n`);
}

/** @returns whether it is what the command is for, and not an error */
function checkShape(command: string, printed: unknown): boolean {
  if (ERROR_SHAPE.safeParse(printed).success) return false;
  if (!isShaped(command)) throw new Error(`${command} --json has no documented shape`);
  const parsed = JSON_SHAPES[command].safeParse(printed);
  if (parsed.success) return true;
  throw new Error(
    `${command} --json isn't as documented: ${z.prettifyError(parsed.error)}\n${JSON.stringify(printed)}`,
  );
}

/** Notes of whole runs, one for each lane, until the next `npm ci`. */
const KEPT = fileURLToPath(new URL('../../node_modules/.cache/lightsail-imds-rollout/reached/', import.meta.url));

/** Keeps what a whole run of a lane has reached, for {@link findUnreached}. */
export function keepReached(folder: string, lane: Lane): void {
  mkdirSync(KEPT, { recursive: true });
  copyFileSync(fileIn(folder), join(KEPT, `${lane}.jsonl`));
}

/**
 * What no test of these lanes has reached.
 *
 * @throws where one of them has not been run as a whole
 */
export function findUnreached(lanes: readonly Lane[]): string[] {
  const isMissing = lanes.some((lane) => !existsSync(join(KEPT, `${lane}.jsonl`)));
  if (isMissing) throw new Error('Run npm test before npm run test:slow: what both reach together is checked here.');
  const reached = lanes
    .flatMap((lane) => readFileSync(join(KEPT, `${lane}.jsonl`), 'utf8').split('\n'))
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
