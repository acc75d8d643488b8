/** How many targets a stage takes: a count, a share of those that need a change, so many per value of a key, or the rest. */
export type StageSize =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'per'; readonly count: number; readonly key: GroupKey }
  | { readonly kind: 'rest' };

/** What targets can be grouped by. */
export type GroupKey = 'blueprint' | 'scope' | `tag:${string}`;

/** A number of failures: a count, or a share of the stage's size. */
export type Allowance = { readonly count: number } | { readonly percent: number };

/** @example parseStageSize('1 per tag:app') // { kind: 'per', count: 1, key: 'tag:app' } */
export function parseStageSize(text: string | number): StageSize | undefined {
  const words = String(text).trim();
  if (words === 'rest') return { kind: 'rest' };
  const per = /^(\d{1,5}) per (\S.*)$/.exec(words);
  if (per) {
    const key = parseGroupKey(per[2]);
    const count = Number(per[1]);
    return key !== undefined && count > 0 ? { kind: 'per', count, key } : undefined;
  }
  const allowance = parseAllowance(words);
  if (allowance === undefined) return undefined;
  if ('percent' in allowance) {
    return allowance.percent > 0 ? { kind: 'percent', percent: allowance.percent } : undefined;
  }
  return allowance.count > 0 ? { kind: 'count', count: allowance.count } : undefined;
}

/** @example parseAllowance('10%') // { percent: 10 } */
export function parseAllowance(text: string | number): Allowance | undefined {
  const match = /^(\d{1,5}(?:\.\d{1,2}(?=%))?)(%?)$/.exec(String(text).trim());
  if (!match) return undefined;
  const value = Number(match[1]);
  if (match[2] === '%') return value <= 100 ? { percent: value } : undefined;
  return { count: value };
}

/**
 * `percent` % of `total`, not rounded, but exact where it is a whole number: in floating point, 0.57 % of 10,000 is
 * less than 57.
 *
 * @example shareOf(10_000, 0.57) // 57
 */
export function shareOf(total: number, percent: number): number {
  return (total * Math.round(percent * 100)) / 10_000;
}

/** @example parseGroupKey('tag:app') // 'tag:app' */
export function parseGroupKey(text: string | undefined): GroupKey | undefined {
  if (text === 'blueprint' || text === 'scope') return text;
  return text?.startsWith('tag:') && text.length > 4 ? `tag:${text.slice(4)}` : undefined;
}

/** @example formatStageSize({ kind: 'percent', percent: 20 }) // '20%' */
export function formatStageSize(size: StageSize): string {
  switch (size.kind) {
    case 'count':
      return String(size.count);
    case 'percent':
      return `${size.percent}%`;
    case 'per':
      return `${size.count} per ${size.key}`;
    case 'rest':
      return 'rest';
    default:
      return size satisfies never;
  }
}
