import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../rollout/problem.js';
import { parseSpec, type RolloutSpec } from '../rollout/spec.js';
import { CliError } from './errors.js';
import { locate } from './locate.js';

/** A problem, with the place in the file where it stands; 1 for the first line and column. */
export interface LocatedProblem extends Problem {
  readonly line?: number;
  readonly column?: number;
}

export type SpecFile =
  | {
      readonly ok: true;
      readonly spec: RolloutSpec;
      /** As it was written: the argument of the workflow. */
      readonly input: unknown;
    }
  | { readonly ok: false; readonly problems: readonly LocatedProblem[] };

/** Well below the 2 MB that Temporal takes as a workflow's argument. */
const MAX_BYTES = 1_000_000;

/**
 * Reads and checks a spec in YAML or JSON.
 *
 * @param path `-` is standard input
 * @throws CliError `BadInput` where it can't be read at all
 */
export async function readSpecFile(path: string): Promise<SpecFile> {
  const source = await readSource(path);
  if (Buffer.byteLength(source) > MAX_BYTES) {
    throw new CliError('BadInput', `${path} is larger than ${MAX_BYTES} bytes: that is no rollout spec.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return {
      ok: false,
      problems: faults.map(({ message, pos }) => ({ path: '(text)', message, ...placeOf(lines, pos[0]) })),
    };
  }
  return check(document, lines);
}

function check(document: Document, lines: LineCounter): SpecFile {
  const input: unknown = document.toJS();
  const result = parseSpec(input, new Date().toISOString().slice(0, 10));
  if (result.ok) return { ok: true, spec: result.spec, input };
  const problems = result.problems.map((problem) => ({
    ...problem,
    ...placeOf(lines, locate(document.contents, problem.path)),
  }));
  return { ok: false, problems };
}

function placeOf(lines: LineCounter, offset: number | undefined): { line?: number; column?: number } {
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return line > 0 ? { line, column: col } : {};
}

async function readSource(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError('BadInput', `${path} can't be read: ${whyUnreadable(error)}`, { cause: error });
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file. Give the path of a spec, or - for standard input.';
    case 'EISDIR':
      return 'it is a folder. Give the path of a spec in it.';
    case 'EACCES':
      return 'permission denied.';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
