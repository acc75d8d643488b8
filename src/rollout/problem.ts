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
    return sofar === '' ? String(part) : `${sofar}.${String(part)}`;
  }, '');
  return text === '' ? '(spec)' : text;
}

/** The known word that `typo` is most likely meant to be, or undefined where none is near. */
export function suggest(typo: string, known: readonly string[]): string | undefined {
  const near = known
    .map((word) => ({ word, distance: leven(typo.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= Math.max(2, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.word;
}
