import type { LineCounter } from 'yaml';
import type { Problem } from '../rollout/problem.js';
import { countOf } from '../rollout/status.js';
import { readYamlDocument } from '../untrusted/yaml.js';
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

/** A person mends a few at a time; to find the place of each of a hundred thousand would take hours. */
const MAX_PROBLEMS = 50;

/** Reads YAML, or JSON, which is YAML too. */
export function readYaml(source: string): YamlSource {
  const read = readYamlDocument(source);
  const { lines } = read;
  if (!read.ok) {
    const faults = read.faults.map(({ message, offset }) => ({ path: '(text)', message, ...placeOf(lines, offset) }));
    return { ok: false, problems: firstOf(faults) };
  }
  const { value, contents } = read;
  const place = (problems: readonly Problem[]) =>
    firstOf(problems, (problem) => ({ ...problem, ...placeOf(lines, locate(contents, problem.path)) }));
  return { ok: true, value, place };
}

/** The first ones in the order of the text, and how many more there are. */
function firstOf(
  all: readonly LocatedProblem[],
  locateOne: (problem: LocatedProblem) => LocatedProblem = (problem) => problem,
): LocatedProblem[] {
  const shown = all
    .slice(0, MAX_PROBLEMS)
    .map(locateOne)
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const more = all.length - shown.length;
  if (more === 0) return shown;
  return [...shown, { path: '(all)', message: `and ${countOf(more, 'problem')} more: mend these first` }];
}

function placeOf(lines: LineCounter, offset: number | undefined): { line?: number; column?: number } {
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return line > 0 ? { line, column: col } : {};
}
