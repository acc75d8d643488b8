import { LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../rollout/problem.js';
import { locate } from './locate.js';

/** A problem, with the place in the file where it stands; 1 for the first line and column. */
export interface LocatedProblem extends Problem {
  readonly line?: number;
  readonly column?: number;
}

export type YamlSource =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Says of each problem with the value where it stands, in the order of the text. */
      readonly place: (problems: readonly Problem[]) => LocatedProblem[];
    }
  | { readonly ok: false; readonly problems: readonly LocatedProblem[] };

/** Reads YAML, or JSON, which is YAML too. */
export function readYaml(source: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map(({ message, pos }) => ({ path: '(text)', message, ...placeOf(lines, pos[0]) }));
    return { ok: false, problems };
  }
  const place = (problems: readonly Problem[]) =>
    problems
      .map((problem) => ({ ...problem, ...placeOf(lines, locate(document.contents, problem.path)) }))
      .toSorted((a: LocatedProblem, b: LocatedProblem) => (a.line ?? 0) - (b.line ?? 0));
  return { ok: true, value: document.toJS(), place };
}

function placeOf(lines: LineCounter, offset: number | undefined): { line?: number; column?: number } {
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return line > 0 ? { line, column: col } : {};
}
