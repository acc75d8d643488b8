import { formatDuration } from '../../rollout/duration.js';
import { OUTCOME_KINDS, RESTORE_KINDS } from '../../rollout/outcome.js';
import type { HoldReason, LogEntry, Phase, RolloutStatus, StageStatus, Waiting } from '../../rollout/status.js';
import { describeCounts } from '../../rollout/status.js';
import type { Screen } from '../output.js';
import { cleanLine } from './clean.js';
import { cutToWidth, padEnd, padStart, widest, wrap } from './columns.js';

const PHASES = {
  planning: 'reading the fleet',
  applying: 'changing',
  waiting: 'waiting',
  verifying: 'verifying',
  reverting: 'taking back',
  ended: 'ended',
} as const satisfies Record<Phase, string>;

const HOLDS = {
  bake: 'baking',
  paused: 'paused',
  approval: 'waiting for an approval',
  window: 'outside the windows',
  freeze: 'frozen',
  health: 'waiting for health readings',
  evidence: 'waiting for an approval',
  lease: 'waiting for another rollout',
} as const satisfies Record<HoldReason, string>;

const MAX_BAR = 60;

/** The whole status of a rollout, for a screen or a page. */
export function renderStatus(screen: Screen, status: RolloutStatus, now: number): string[] {
  const { paint, width } = screen;
  return [
    `${paint.bold(cleanLine(status.name))}  ${describePhase(status)}`,
    ...(status.counts.total > 0 ? [`  ${renderBar(screen, status)}`] : []),
    ...renderStages(screen, status),
    ...notices(status, now).flatMap((line) => wrap(`  ${paint.yellow('!')} ${line}`, width, '    ')),
    ...(status.budget.tripped === undefined
      ? []
      : wrap(`  ${paint.red('✘')} ${cleanLine(status.budget.tripped)}`, width, '    ')),
  ];
}

/** One line for a log. @example '12:01:11 changing early: 3 changed, 1 in flight, of 40' */
export function statusLine(status: RolloutStatus): string {
  const { phase, counts } = status;
  return phase === 'planning' || status.planHash === undefined
    ? describePhase(status)
    : `${describePhase(status)}: ${describeCounts(counts)}`;
}

export function logLine({ at, event, by, reason }: LogEntry): string {
  const signed = `${by === undefined ? '' : ` by ${by}`}${reason === undefined ? '' : ` (${reason})`}`;
  return cleanLine(`${clockTime(at)} ${event}${signed}`);
}

/** @example describeWaiting({ for: 'bake', since, until }, Date.now()) // 'baking until 12:30:05 (in 14s)' */
export function describeWaiting(waiting: Waiting, now: number): string {
  const until = waiting.until === undefined ? '' : ` until ${clockTime(waiting.until)} (${left(waiting.until, now)})`;
  return cleanLine(`${HOLDS[waiting.for]}${until}${waiting.reason === undefined ? '' : `: ${waiting.reason}`}`);
}

/** The local time of day of an ISO time; with the date where that is another day. */
export function clockTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const clock = time.toTimeString().slice(0, 8);
  return time.toDateString() === new Date().toDateString() ? clock : `${time.toDateString()} ${clock}`;
}

function left(until: string, now: number): string {
  const ms = new Date(until).getTime() - now;
  return ms > 0 ? `in ${formatDuration(ms)}` : 'due';
}

function describePhase({ phase, stage, waiting }: RolloutStatus): string {
  const of = stage === undefined || phase === 'ended' ? '' : ` ${cleanLine(stage)}`;
  if (waiting !== null) return `${HOLDS[waiting.for]}${of && `, stage${of}`}`;
  switch (phase) {
    case 'applying':
    case 'waiting':
      return `${PHASES[phase]}${of}`;
    case 'planning':
    case 'verifying':
    case 'reverting':
    case 'ended':
      return PHASES[phase];
    default:
      return phase satisfies never;
  }
}

function renderBar({ paint, width }: Screen, { counts, phase }: RolloutStatus): string {
  // On the way back, what still stands changed is what is left to do.
  const total = phase === 'reverting' ? backCount(counts) + (counts.changed ?? 0) : counts.total;
  const done = phase === 'reverting' ? backCount(counts) : settledCount(counts);
  const figures = ` ${done}/${total}`;
  const length = Math.max(10, Math.min(MAX_BAR, width - 2 - figures.length));
  const filled = total === 0 ? 0 : Math.floor((length * done) / total);
  const full = '━'.repeat(filled);
  return `${barColor(paint, counts, phase)(full)}${paint.dim('─'.repeat(length - filled))}${figures}`;
}

function backCount(counts: RolloutStatus['counts']): number {
  return RESTORE_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

function barColor(paint: Screen['paint'], counts: RolloutStatus['counts'], phase: Phase): (text: string) => string {
  if (phase === 'reverting' || (counts.restored ?? 0) > 0) return paint.yellow;
  return (counts.failed ?? 0) + (counts['restore-failed'] ?? 0) > 0 ? paint.red : paint.green;
}

function renderStages({ paint, width }: Screen, status: RolloutStatus): string[] {
  const names = status.stages.map(({ name }) => cleanLine(name));
  const nameWidth = widest(names);
  const sizeWidth = widest(status.stages.map(({ size }) => String(size)));
  return status.stages.map((stage, index) => {
    const line = `${padEnd(names[index] ?? '', nameWidth)}  ${padStart(String(stage.size), sizeWidth)}  ${describeStage(stage)}`;
    return `  ${marker(paint, status, stage)} ${cutToWidth(line.trimEnd(), width - 4)}`;
  });
}

function describeStage({ size, counts }: StageStatus): string {
  if (size === 0) return 'nothing to change';
  const parts = OUTCOME_KINDS.flatMap((kind) => ((counts[kind] ?? 0) > 0 ? [`${counts[kind]} ${kind}`] : []));
  if (counts.inFlight > 0) parts.push(`${counts.inFlight} in flight`);
  return parts.join(', ');
}

function marker(paint: Screen['paint'], status: RolloutStatus, { name, size, counts }: StageStatus): string {
  if ((counts.failed ?? 0) + (counts['restore-failed'] ?? 0) > 0) return paint.red('✘');
  if ((counts.restored ?? 0) > 0) return paint.yellow('↺');
  if (size > 0 && settledCount(counts) === size && counts.inFlight === 0) return paint.green('✔');
  return status.stage === name && status.phase !== 'ended' ? paint.cyan('▸') : paint.dim('·');
}

function settledCount(counts: RolloutStatus['counts']): number {
  return OUTCOME_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

function notices({ waiting, unreadable, paused, aborted }: RolloutStatus, now: number): string[] {
  return [
    ...(unreadable === undefined || waiting?.for === 'health' ? [] : [cleanLine(`health: ${unreadable}`)]),
    ...(waiting === null || waiting.for === 'paused' ? [] : [describeWaiting(waiting, now)]),
    ...(paused === undefined ? [] : [`paused: ${logLine(paused)}`]),
    ...(aborted === undefined ? [] : [`aborted (${aborted.mode}): ${logLine(aborted)}`]),
  ];
}
