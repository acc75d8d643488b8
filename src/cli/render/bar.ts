import type { Counts } from '../../rollout/ledger.js';
import { OUTCOME_KINDS, type OutcomeKind } from '../../rollout/outcome.js';
import type { Screen } from '../output.js';

/** What a part of a bar, and a column of figures, counts. */
export type Part = 'done' | 'back' | 'failed' | 'skipped' | 'flight' | 'waiting';

/** From left to right: what is settled, then what is under way, then what is to come. */
export const PARTS: readonly Part[] = ['done', 'back', 'failed', 'skipped', 'flight', 'waiting'];

const PART_OF = {
  changed: 'done',
  compliant: 'done',
  skipped: 'skipped',
  blocked: 'skipped',
  failed: 'failed',
  restored: 'back',
  drifted: 'skipped',
  replaced: 'skipped',
  gone: 'skipped',
  'restore-failed': 'failed',
} as const satisfies Record<OutcomeKind, Part>;

/** Each part has a sign of its own, so that a bar can be read without colours. */
export const SIGNS = {
  done: '█',
  back: '◂',
  failed: '×',
  skipped: '▒',
  flight: '▸',
  waiting: '·',
} as const satisfies Record<Part, string>;

const COLORS = {
  done: 'green',
  back: 'yellow',
  failed: 'red',
  skipped: 'yellow',
  flight: 'cyan',
  waiting: 'dim',
} as const satisfies Record<Part, keyof Screen['paint']>;

export type PartCounts = Readonly<Record<Part, number>>;

/** @example partsOf({ total: 7, inFlight: 1, changed: 3, blocked: 1 }) // { done: 3, skipped: 1, flight: 1, waiting: 2, … } */
export function partsOf(counts: Counts): PartCounts {
  const parts = { done: 0, back: 0, failed: 0, skipped: 0, flight: counts.inFlight, waiting: 0 };
  for (const kind of OUTCOME_KINDS) parts[PART_OF[kind]] += counts[kind] ?? 0;
  const settled = parts.done + parts.back + parts.failed + parts.skipped;
  // A batch's own count and its targets in flight are told together, but may be a moment apart from the rest.
  return { ...parts, waiting: Math.max(0, counts.total - settled - parts.flight) };
}

/**
 * How many cells of a bar each part gets: in proportion, and at least one where there is anything of it, so that one
 * failure of 20,000 shows, and a bar is full only when nothing is left.
 */
export function cellsOf(parts: PartCounts, length: number): PartCounts {
  const total = PARTS.reduce((sum, part) => sum + parts[part], 0);
  const cells = { done: 0, back: 0, failed: 0, skipped: 0, flight: 0, waiting: 0 };
  if (total === 0) return { ...cells, waiting: length };
  const present = PARTS.filter((part) => parts[part] > 0);
  for (const part of present) cells[part] = Math.max(1, Math.floor((parts[part] / total) * length));
  const off = () => PARTS.reduce((sum, part) => sum + cells[part], 0) - length;
  const share = (part: Part) => (parts[part] / total) * length;
  // What rounding has left goes where most is missing, and what it has added is taken where there is most to spare.
  const by = (rank: (part: Part) => number) => present.toSorted((a, b) => rank(b) - rank(a))[0] ?? 'waiting';
  while (off() < 0) cells[by((part) => share(part) - cells[part])] += 1;
  while (off() > 0) cells[by((part) => (cells[part] > 1 ? cells[part] - share(part) : -Infinity))] -= 1;
  return cells;
}

/** Room for every part that there may be. */
export const MIN_BAR = PARTS.length;

export function renderBar({ paint }: Pick<Screen, 'paint'>, parts: PartCounts, length: number): string {
  const cells = cellsOf(parts, Math.max(MIN_BAR, length));
  return PARTS.map((part) => (cells[part] === 0 ? '' : paint[COLORS[part]](SIGNS[part].repeat(cells[part])))).join('');
}

/** How much of a time is over, as a bar. @param share - from 0 to 1 */
export function renderTimeBar({ paint }: Pick<Screen, 'paint'>, share: number, length: number): string {
  const filled = Math.min(length, Math.max(0, Math.floor(share * length)));
  return `${paint.cyan('━'.repeat(filled))}${paint.dim('─'.repeat(length - filled))}`;
}
