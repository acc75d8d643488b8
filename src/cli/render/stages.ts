import { cleanLine } from '../../rollout/clean.js';
import type { Counts } from '../../rollout/ledger.js';
import { OUTCOME_KINDS } from '../../rollout/outcome.js';
import { describeCounts, type RolloutStatus, type StageStatus } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';
import type { Screen } from '../output.js';
import { MIN_BAR, PARTS, type Part, type PartCounts, partsOf, renderBar, SIGNS } from './bar.js';
import { cutToWidth, padEnd, padStart, widest } from './columns.js';

const HEADINGS = {
  done: 'done',
  back: 'back',
  failed: 'failed',
  skipped: 'skipped',
  flight: 'in flight',
  waiting: 'waiting',
} as const satisfies Record<Part, string>;

const MAX_BAR = 60;
/** With less room for its bars, a table shows none of the figures but how much is settled. */
const SHORT_BAR = 10;
/** Blanks before a figure: as many as there is room for. */
const GAPS = [2, 1] as const;
const MARGIN = 4;

type StagesOf = Pick<RolloutStatus, 'stages' | 'stage' | 'counts' | 'phase'>;

/** A line of the table. */
interface Row extends StageStatus {
  /** It is neither the stage that runs nor one like it, but the sum of several. */
  readonly isSum: boolean;
}

/**
 * Each stage as a bar with its figures, and the whole below.
 *
 * @param room - lines there are for it; stages that don't fit are shown together, the one that runs never
 */
export function renderStages(screen: Screen, status: StagesOf, kind: RunKind, room = Infinity): string[] {
  const { stages, counts } = status;
  if (stages.length === 0) return [];
  const all: Row = { name: 'all', size: counts.total, counts, isSum: true };
  const needsSum = stages.length > 1 || stages[0]?.size !== counts.total;
  const extra = needsSum ? 2 : 1;
  const rows = [...foldStages(stages, currentIndex(status, kind), room - extra), ...(needsSum ? [all] : [])];
  if (screen.width === Infinity) return rows.map((row) => describeRow(screen, status, kind, row, rows));
  return renderTable(screen, status, kind, rows) ?? renderNarrow(screen, status, kind, rows);
}

/** Undefined where there is no room for it. */
function renderTable(screen: Screen, status: StagesOf, kind: RunKind, rows: readonly Row[]): string[] | undefined {
  const { paint, width } = screen;
  const parts = rows.map((row) => partsOf(row.counts));
  const names = rows.map(({ name }) => cutToWidth(cleanLine(name), width < 100 ? 16 : 32));
  const nameWidth = widest(names);
  const figures = shownParts(parts, status, kind).map((part) => {
    const heading = headingOf(part, kind);
    return { part, heading, width: widest([heading, ...parts.map((each) => String(each[part]))]) };
  });
  const room = width - MARGIN - nameWidth - 2 - figures.reduce((sum, column) => sum + column.width, 0);
  const gap = GAPS.find((each) => room - each * figures.length >= SHORT_BAR);
  if (gap === undefined) return undefined;
  const length = Math.min(MAX_BAR, room - gap * figures.length);
  const cell = (text: string, cellWidth: number) => ' '.repeat(gap) + padStart(text, cellWidth);
  const head = figures.map((column) => cell(column.heading, column.width)).join('');
  return [
    paint.dim(' '.repeat(MARGIN + nameWidth + 2 + length) + head),
    ...rows.map((row, index) => {
      const of = partsOf(row.counts);
      const cells = figures.map(({ part, width: cellWidth }) => {
        const text = cell(String(of[part]), cellWidth);
        return of[part] === 0 ? paint.dim(text) : part === 'failed' ? paint.red(text) : text;
      });
      const name = padEnd(names[index] ?? '', nameWidth);
      return `  ${marker(paint, status, row, kind)} ${name}  ${renderBar(screen, of, length)}${cells.join('')}`;
    }),
  ];
}

/** With the sign of its part of the bar. What a rollback finds done is still to go back. */
function headingOf(part: Part, kind: RunKind): string {
  return `${SIGNS[part]} ${part === 'done' && kind === 'rollback' ? 'changed' : HEADINGS[part]}`;
}

/** What every rollout may show, and what this one has beside it: columns that come and go with each look are no table. */
function shownParts(rows: readonly PartCounts[], status: StagesOf, kind: RunKind): Part[] {
  const has = (part: Part) => rows.some((parts) => parts[part] > 0);
  const back = isBack(status, kind);
  const isOver = status.phase === 'ended';
  return PARTS.filter((part) => {
    if (has(part)) return true;
    if (part === 'back') return back;
    if (part === 'flight') return !back && !isOver;
    return part !== 'waiting' || !isOver;
  });
}

/** Where there is no room for a table: the bar, and how much is settled. */
function renderNarrow(screen: Screen, status: StagesOf, kind: RunKind, rows: readonly Row[]): string[] {
  const figures = rows.map(({ counts, size }) => {
    const { back, waiting, flight } = partsOf(counts);
    return isBack(status, kind) ? `${back} back` : `${size - waiting - flight}/${size}`;
  });
  const figuresWidth = widest(figures);
  const names = rows.map(({ name }) => cutToWidth(cleanLine(name), 12));
  const nameWidth = widest(names);
  const length = Math.max(MIN_BAR, screen.width - MARGIN - nameWidth - 3 - figuresWidth);
  return rows.map(
    (row, index) =>
      `  ${marker(screen.paint, status, row, kind)} ${padEnd(names[index] ?? '', nameWidth)}  ` +
      `${renderBar(screen, partsOf(row.counts), length)} ${padStart(figures[index] ?? '', figuresWidth)}`,
  );
}

/** In words, for what isn't looked at but searched. @example '  ✔ canary  2  2 changed' */
function describeRow(screen: Screen, status: StagesOf, kind: RunKind, row: Row, rows: readonly Row[]): string {
  const name = padEnd(cleanLine(row.name), widest(rows.map(({ name }) => cleanLine(name))));
  const size = padStart(String(row.size), widest(rows.map(({ size }) => String(size))));
  const what = row.size === 0 ? 'nothing to change' : describeCounts(row.counts).replace(/, of \d+$/, '');
  return `  ${marker(screen.paint, status, row, kind)} ${name}  ${size}  ${what}`;
}

/**
 * As many stages as there is room for, around the one that matters; those before and after it together.
 *
 * @example foldStages(stages, 7, 3) // [{ name: '7 before' … }, stages[7], { name: '12 after' … }]
 */
export function foldStages(stages: readonly StageStatus[], current: number, room: number): Row[] {
  const isSum = false;
  if (stages.length <= room) return stages.map((stage) => ({ ...stage, isSum }));
  // Three lines at least: before, the one that matters, after. What is left shows what comes next.
  const shown = Math.max(1, room - 2);
  const from = Math.max(0, Math.min(current, stages.length - shown));
  const before = stages.slice(0, from);
  const after = stages.slice(from + shown);
  return [
    ...together(before, 'before'),
    ...stages.slice(from, from + shown).map((stage) => ({ ...stage, isSum })),
    ...together(after, 'after'),
  ];
}

function together(stages: readonly StageStatus[], where: 'before' | 'after'): Row[] {
  if (stages.length > 1) return [sumOf(stages, `${stages.length} ${where}`)];
  return stages.map((stage) => ({ ...stage, isSum: false }));
}

function sumOf(stages: readonly StageStatus[], name: string): Row {
  const counts: Record<string, number> = {};
  for (const stage of stages) {
    for (const [kind, count] of Object.entries(stage.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  }
  const { total = 0, inFlight = 0 } = counts;
  return {
    name,
    size: stages.reduce((sum, { size }) => sum + size, 0),
    counts: { ...counts, total, inFlight },
    isSum: true,
  };
}

/** The stage that runs; before the first one the first, after the last one the last. The way back begins with the last. */
function currentIndex(status: StagesOf, kind: RunKind): number {
  const { stages, stage, phase } = status;
  if (isBack(status, kind))
    return Math.max(
      0,
      stages.findLastIndex(({ counts }) => (counts.changed ?? 0) > 0),
    );
  const index = stages.findIndex(({ name }) => name === stage);
  if (index >= 0) return index;
  return phase === 'planning' ? 0 : stages.length - 1;
}

/** On the way back, what matters is how much is back. */
export function isBack({ phase }: Pick<RolloutStatus, 'phase'>, kind: RunKind): boolean {
  return phase === 'reverting' || kind === 'rollback';
}

/** Outcomes so far, of whatever kind. */
function settledCount(counts: Counts): number {
  return OUTCOME_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

function marker(paint: Screen['paint'], status: StagesOf, { name, size, counts, isSum }: Row, kind: RunKind): string {
  if ((counts.failed ?? 0) + (counts['restore-failed'] ?? 0) > 0) return paint.red('✘');
  if ((counts.restored ?? 0) > 0) return paint.yellow('↺');
  // What a rollback finds changed is still to do.
  if (kind === 'rollback' && (counts.changed ?? 0) > 0) return paint.dim('·');
  if (size > 0 && settledCount(counts) === size && counts.inFlight === 0) return paint.green('✔');
  return !isSum && status.stage === name && status.phase !== 'ended' ? paint.cyan('▸') : paint.dim('·');
}
