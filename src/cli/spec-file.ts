import { type Document, LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../rollout/problem.js';
import { parseSpec, type RolloutSpec, type RolloutSpecInput, type SpecCheck } from '../rollout/spec.js';
import { CliError } from './errors.js';
import { locate } from './locate.js';
import { readSource } from './source.js';

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
      readonly input: RolloutSpecInput;
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
  if (result.ok && isSpecInput(input, result)) return { ok: true, spec: result.spec, input };
  const problems = (result.ok ? [] : result.problems).map((problem) => ({
    ...problem,
    ...placeOf(lines, locate(document.contents, problem.path)),
  }));
  return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** What the check has accepted is an input as people write it. */
function isSpecInput(_input: unknown, { ok }: SpecCheck): _input is RolloutSpecInput {
  return ok;
}

function placeOf(lines: LineCounter, offset: number | undefined): { line?: number; column?: number } {
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return line > 0 ? { line, column: col } : {};
}
