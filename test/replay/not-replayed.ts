import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileCoverageData, Range } from 'istanbul-lib-coverage';
import { addCounters, type Counters } from '../measure/counters.js';
import { emptyCoverage } from '../measure/measured-code.js';
import { EXCUSES, type Excuse } from './excuses.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The statements of the workflows that no history of the corpus goes through, and no excuse names; and excuses that
 * name nothing of the kind any more.
 *
 * @param counters - what a replay of the corpus has counted
 */
export function notReplayed(counters: Counters): string[] {
  const workflows = emptyCoverage(['workflows']);
  addCounters(workflows, Object.fromEntries(Object.entries(counters).filter(([path]) => path in workflows)));
  const unused = new Set(EXCUSES);
  const missing = Object.values(workflows).flatMap((file) =>
    missingIn(file).flatMap(({ place, lines }) => {
      const excuses = EXCUSES.filter((excuse) => concerns(excuse, file.path, lines));
      for (const excuse of excuses) unused.delete(excuse);
      return excuses.length > 0 ? [] : [place];
    }),
  );
  return [...missing, ...[...unused].map(({ file, code }) => `needs no excuse any more: ${file}, ${code}`)];
}

interface Missing {
  /** For a person. */
  readonly place: string;
  /** The line that it begins on, and those of the functions around it. */
  readonly lines: readonly string[];
}

function missingIn({ path, s, statementMap, fnMap }: FileCoverageData): Missing[] {
  const source = readFileSync(path, 'utf8').split('\n');
  const lineOf = ({ start }: Range) => source[start.line - 1] ?? '';
  return Object.entries(statementMap).flatMap(([id, statement]) => {
    if (s[id] !== 0) return [];
    const around = Object.values(fnMap).filter(({ loc }) => isWithin(statement, loc));
    return [
      {
        place: `${relative(ROOT, path)}:${statement.start.line} ${lineOf(statement).trim()}`,
        lines: [lineOf(statement), ...around.map(({ decl }) => lineOf(decl))],
      },
    ];
  });
}

function isWithin(inner: Range, outer: Range): boolean {
  const isAfter = (a: Range['start'], b: Range['start']) =>
    a.line > b.line || (a.line === b.line && a.column >= b.column);
  return isAfter(inner.start, outer.start) && isAfter(outer.end, inner.end);
}

function concerns({ file, code }: Excuse, path: string, lines: readonly string[]): boolean {
  return basename(path) === file && lines.some((line) => line.includes(code));
}
