import { cleanLine } from '../../rollout/clean.js';
import { formatDuration } from '../../rollout/duration.js';
import { describeCounts } from '../../rollout/status.js';
import type { ListedRollout, ListedState } from '../json/list.js';
import type { Screen } from '../output.js';
import { columns, widest, wrap } from './columns.js';
import { describePhase } from './status.js';

/** How a rollout stands or has ended, in a word. */
export const STATES = {
  open: 'open',
  completed: 'completed',
  'rolled-back': 'taken back',
  'rollback-incomplete': 'not all taken back',
  halted: 'halted',
  aborted: 'aborted',
  failed: 'failed',
  cancelled: 'cancelled',
  terminated: 'terminated',
  'timed-out': 'timed out',
} as const satisfies Record<ListedState, string>;

/** Hexadecimal digits of a plan hash that tell plans apart. */
const SHORT_HASH = 12;

/**
 * Rollouts as a table where its lines fit, and one below the other where they don't.
 *
 * @param now - milliseconds; with it, how long ago things were
 */
export function renderList(screen: Screen, rollouts: readonly ListedRollout[], now?: number): string[] {
  const { paint, width } = screen;
  const rows = rollouts.map((rollout) => [
    `${mark(screen, rollout)} ${cleanLine(rollout.workflowId)}`,
    describeState(rollout, now),
    rollout.counts === null ? '' : describeCounts(rollout.counts),
  ]);
  const facts = rollouts.map((rollout) => describeFacts(rollout, now));
  // Not for a screen: one line for each, so that it can be searched.
  if (width === Infinity) return columns(merge(rows, facts), width, '');
  const table = columns(rows, Infinity, '');
  const isTable = widest(table) <= width;
  return rollouts.flatMap((_, index) => {
    const [title = '', ...cells] = rows[index] ?? [];
    return [
      ...(isTable ? [table[index] ?? ''] : [title, ...pack(cells.filter(Boolean), width, ': ')]),
      ...pack(facts[index] ?? [], width, ', ').map(paint.dim),
    ];
  });
}

function merge(rows: readonly string[][], facts: readonly string[][]): string[][] {
  return rows.map((row, index) => [...row, (facts[index] ?? []).join(', ')]);
}

/** Parts behind one another, a new line where the next one doesn't fit whole. */
function pack(parts: readonly string[], width: number, separator: string): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1) ?? ''}${separator}${part}`;
    if (lines.length > 0 && widest([longer]) <= width) lines.splice(-1, 1, longer);
    else lines.push(...wrap(`    ${part}`, width, '    '));
  }
  return lines;
}

function mark({ paint }: Screen, { state, answered }: ListedRollout): string {
  switch (state) {
    case 'open':
      return answered ? paint.cyan('▸') : paint.yellow('?');
    case 'completed':
      return paint.green('✔');
    case 'rolled-back':
      return paint.yellow('↺');
    default:
      return paint.red('✘');
  }
}

/** What an open one waits for, and for how long; how another ended. */
function describeState(rollout: ListedRollout, now: number | undefined): string {
  const { state, kind, phase, stage, waiting = null, error, answered, encoded, endedAt, startedAt } = rollout;
  if (state !== 'open') {
    const why = state === 'failed' && error !== undefined ? `: ${cleanLine(error)}` : '';
    const took = endedAt === null ? '' : ` after ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`;
    return `${STATES[state]}${why}${took}`;
  }
  if (encoded) return 'open, and encrypted for this command';
  if (!answered || phase === undefined) return 'open, but no worker answers';
  const what = describePhase({ phase, waiting, ...(stage !== undefined && { stage }) }, kind);
  if (waiting?.until === undefined) return what;
  return `${what}, until ${utcTime(waiting.until)}${now === undefined ? '' : ` (${untilOf(waiting.until, now)})`}`;
}

function describeFacts({ kind, name, planHash, runId, startedAt, endedAt }: ListedRollout, now?: number): string[] {
  const at = (iso: string) => `${utcTime(iso)}${now === undefined ? '' : ` (${ageOf(iso, now)})`}`;
  return [
    name === null ? kind : `${kind} of ${cleanLine(name)}`,
    `run ${cleanLine(runId)}`,
    ...(planHash === null ? [] : [`plan ${cleanLine(planHash.slice(0, SHORT_HASH))}`]),
    `started ${at(startedAt)}`,
    ...(endedAt === null ? [] : [`ended ${at(endedAt)}`]),
  ];
}

/** @example utcTime('2026-11-25T12:01:11.345Z') // '2026-11-25 12:01 UTC' */
function utcTime(iso: string): string {
  return `${cleanLine(iso.slice(0, 16)).replace('T', ' ')} UTC`;
}

const UNITS = [
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** @example ageOf('2026-11-25T09:00:00Z', Date.parse('2026-11-25T12:10:00Z')) // '3 h ago' */
export function ageOf(iso: string, now: number): string {
  const age = now - Date.parse(iso);
  const [unit, size] = UNITS.find(([, ms]) => age >= ms) ?? [];
  if (unit === undefined || size === undefined) return 'just now';
  const count = Math.floor(age / size);
  return `${count} ${unit === 'day' && count > 1 ? 'days' : unit} ago`;
}

function untilOf(iso: string, now: number): string {
  const left = Date.parse(iso) - now;
  return left > 0 ? `in ${formatDuration(left)}` : 'due';
}
