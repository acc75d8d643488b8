import leven from 'leven';

/** One thing that is wrong with an input: where, what, and how to mend it. */
export interface Problem {
  /** Dotted path of the field, such as `stages[1].size`; `(spec)` for the whole. */
  readonly path: string;
  readonly message: string;
}

/** @example formatPath(['stages', 1, 'size']) // 'stages[1].size' */
export function formatPath(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((sofar, part) => {
    if (typeof part === 'number') return `${sofar}[${part}]`;
    const key = String(part);
    if (!/^[\w$-]{1,60}$/.test(key)) return `${sofar}[${quoteKey(key)}]`;
    return sofar === '' ? key : `${sofar}.${key}`;
  }, '');
  return text === '' ? '(spec)' : text;
}

const LONGEST_KEY = 60;

/** A field's name in quotes, on one line and of bearable length: it may be anything. */
export function quoteKey(key: string): string {
  return JSON.stringify(key.length <= LONGEST_KEY ? key : `${key.slice(0, LONGEST_KEY)}…`);
}

/** The known word that `typo` is most likely meant to be, or undefined where none is near. */
export function suggest(typo: string, known: readonly string[]): string | undefined {
  if (typo.length > LONGEST_KEY) return undefined;
  const near = known
    .map((word) => ({ word, distance: leven(typo.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3))))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.word;
}
