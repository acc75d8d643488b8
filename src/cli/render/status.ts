import { formatDuration } from '../../rollout/duration.js';
import { OUTCOME_KINDS, RESTORE_KINDS } from '../../rollout/outcome.js';
import type { HoldReason, LogEntry, Phase, RolloutStatus, StageStatus, Waiting } from '../../rollout/status.js';
import { describeCounts, describeEvidence } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';
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

/** What a rollback does otherwise than a rollout. */
const ROLLBACK_PLANNING = 'reading what was changed';
const ROLLBACK_LEASE = 'waiting';

const MAX_BAR = 60;

/** The whole status of a rollout or a rollback, for a screen or a page. */
export function renderStatus(screen: Screen, status: RolloutStatus, now: number, kind: RunKind = 'rollout'): string[] {
  const { paint, width } = screen;
  return [
    `${paint.bold(cleanLine(status.name))}  ${describePhase(status, kind)}`,
    ...(status.counts.total > 0 ? [`  ${renderBar(screen, status, kind)}`] : []),
    ...renderStages(screen, status, kind),
    ...notices(status, now, kind).flatMap((line) => wrap(`  ${paint.yellow('!')} ${line}`, width, '    ')),
    ...(status.budget.tripped === undefined
      ? []
      : wrap(`  ${paint.red('✘')} ${cleanLine(status.budget.tripped)}`, width, '    ')),
  ];
}

/** One line for a log. @example '12:01:11 changing early: 3 changed, 1 in flight, of 40' */
export function statusLine(status: RolloutStatus, kind: RunKind = 'rollout'): string {
  const { phase, counts } = status;
  return phase === 'planning' || status.planHash === undefined
    ? describePhase(status, kind)
    : `${describePhase(status, kind)}: ${describeCounts(counts)}`;
}

export function logLine({ at, event, by, reason }: LogEntry): string {
  const signed = `${by === undefined ? '' : ` by ${by}`}${reason === undefined ? '' : ` (${reason})`}`;
  return cleanLine(`${clockTime(at)} ${event}${signed}`);
}

/** @example describeWaiting({ for: 'bake', since, until }, Date.now()) // 'baking until 12:30:05 (in 14s)' */
export function describeWaiting(waiting: Waiting, now: number, kind: RunKind = 'rollout'): string {
  const until = waiting.until === undefined ? '' : ` until ${clockTime(waiting.until)} (${left(waiting.until, now)})`;
  return cleanLine(
    `${describeHold(waiting, kind)}${until}${waiting.reason === undefined ? '' : `: ${waiting.reason}`}`,
  );
}

/** A rollback also waits for what its own rollout has begun, so that only its reason says for whom. */
function describeHold({ for: hold }: Waiting, kind: RunKind): string {
  return kind === 'rollback' && hold === 'lease' ? ROLLBACK_LEASE : HOLDS[hold];
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

/** In a few words. @example describePhase(status, 'rollout') // 'baking, stage canary' */
export function describePhase(
  { phase, stage, waiting }: Pick<RolloutStatus, 'phase' | 'stage' | 'waiting'>,
  kind: RunKind,
): string {
  const of = stage === undefined || phase === 'ended' ? '' : ` ${cleanLine(stage)}`;
  if (waiting !== null) return `${describeHold(waiting, kind)}${of && `, stage${of}`}`;
  switch (phase) {
    case 'applying':
    case 'waiting':
      return `${PHASES[phase]}${of}`;
    case 'planning':
      return kind === 'rollback' ? ROLLBACK_PLANNING : PHASES[phase];
    case 'verifying':
    case 'reverting':
    case 'ended':
      return PHASES[phase];
    default:
      return phase satisfies never;
  }
}

function renderBar({ paint, width }: Screen, { counts, phase }: RolloutStatus, kind: RunKind): string {
  // On the way back, what still stands changed is what is left to do.
  const isBack = phase === 'reverting' || kind === 'rollback';
  const total = isBack ? backCount(counts) + (counts.changed ?? 0) : counts.total;
  const done = isBack ? backCount(counts) : settledCount(counts);
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

function renderStages({ paint, width }: Screen, status: RolloutStatus, kind: RunKind): string[] {
  const names = status.stages.map(({ name }) => cleanLine(name));
  const nameWidth = widest(names);
  const sizeWidth = widest(status.stages.map(({ size }) => String(size)));
  return status.stages.map((stage, index) => {
    const line = `${padEnd(names[index] ?? '', nameWidth)}  ${padStart(String(stage.size), sizeWidth)}  ${describeStage(stage)}`;
    return `  ${marker(paint, status, stage, kind)} ${cutToWidth(line.trimEnd(), width - 4)}`;
  });
}

function describeStage({ size, counts }: StageStatus): string {
  if (size === 0) return 'nothing to change';
  const parts = OUTCOME_KINDS.flatMap((kind) => ((counts[kind] ?? 0) > 0 ? [`${counts[kind]} ${kind}`] : []));
  if (counts.inFlight > 0) parts.push(`${counts.inFlight} in flight`);
  return parts.join(', ');
}

function marker(
  paint: Screen['paint'],
  status: RolloutStatus,
  { name, size, counts }: StageStatus,
  kind: RunKind,
): string {
  if ((counts.failed ?? 0) + (counts['restore-failed'] ?? 0) > 0) return paint.red('✘');
  if ((counts.restored ?? 0) > 0) return paint.yellow('↺');
  // What a rollback finds changed is still to do.
  if (kind === 'rollback' && (counts.changed ?? 0) > 0) return paint.dim('·');
  if (size > 0 && settledCount(counts) === size && counts.inFlight === 0) return paint.green('✔');
  return status.stage === name && status.phase !== 'ended' ? paint.cyan('▸') : paint.dim('·');
}

function settledCount(counts: RolloutStatus['counts']): number {
  return OUTCOME_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

function notices(
  { waiting, unreadable, evidence, paused, aborted }: RolloutStatus,
  now: number,
  kind: RunKind,
): string[] {
  return [
    ...(unreadable === undefined || waiting?.for === 'health' ? [] : [cleanLine(`health: ${unreadable}`)]),
    ...(evidence === undefined ? [] : [cleanLine(describeEvidence(evidence))]),
    ...(waiting === null || waiting.for === 'paused' ? [] : [describeWaiting(waiting, now, kind)]),
    ...(paused === undefined ? [] : [`paused: ${logLine(paused)}`]),
    ...(aborted === undefined
      ? []
      : [`aborted${kind === 'rollback' ? '' : ` (${aborted.mode})`}: ${logLine(aborted)}`]),
  ];
}
