import { cleanLine } from '../../rollout/clean.js';
import { formatDuration } from '../../rollout/duration.js';
import type { HoldReason, LogEntry, Phase, RolloutStatus, Waiting } from '../../rollout/status.js';
import { describeCounts, describeEvidence } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';
import type { Screen } from '../output.js';
import { renderTimeBar } from './bar.js';
import { cutToWidth, wrap } from './columns.js';
import { isBack, renderStages } from './stages.js';

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
  credentials: 'waiting for credentials',
  lease: 'waiting for another rollout',
  journal: 'waiting for its undo file',
} as const satisfies Record<HoldReason, string>;

/** What a rollback does otherwise than a rollout. */
const ROLLBACK_PLANNING = 'reading what was changed';
const ROLLBACK_LEASE = 'waiting';

/** What somebody has to do something about, or else nothing goes on. */
const ASKS: readonly HoldReason[] = ['approval', 'evidence', 'health', 'paused', 'credentials', 'journal'];

/** Columns of the bar that shows how much of a bake or a hold is over. */
const TIME_BAR = 16;

/** The whole status of a rollout or a rollback, for a screen or a page. */
export function renderStatus(screen: Screen, status: RolloutStatus, now: number, kind: RunKind = 'rollout'): string[] {
  return [
    renderHead(screen, status, kind),
    ...renderStages(screen, status, kind),
    ...renderNotices(screen, status, now, kind),
    ...renderBudget(screen, status, kind),
  ];
}

/** @example 'prod-imdsv2  changing early' */
export function renderHead({ paint, width }: Screen, status: RolloutStatus, kind: RunKind): string {
  const name = cleanLine(status.name);
  const what = cutToWidth(`${name}  ${describePhase(status, kind)}`, width);
  return `${paint.bold(what.slice(0, name.length))}${what.slice(name.length)}`;
}

/** What it waits for and for how long, and what a person has to know besides. */
export function renderNotices(screen: Screen, status: RolloutStatus, now: number, kind: RunKind): string[] {
  const { paint, width } = screen;
  const { waiting, budget } = status;
  const lines = notices(status, now, kind).flatMap((line) => wrap(`  ${paint.yellow('!')} ${line}`, width, '    '));
  return [
    ...lines,
    ...(waiting === null || waiting.for === 'paused' ? [] : renderWaiting(screen, waiting, now, kind)),
    ...(budget.tripped === undefined ? [] : wrap(`  ${paint.red('✘')} ${cleanLine(budget.tripped)}`, width, '    ')),
  ];
}

function renderWaiting(screen: Screen, waiting: Waiting, now: number, kind: RunKind): string[] {
  const { paint, width } = screen;
  const sign = ASKS.includes(waiting.for) ? paint.yellow('!') : paint.cyan('◷');
  const text = describeWaiting(waiting, now, kind);
  const whole = waiting.until === undefined ? Number.NaN : Date.parse(waiting.until) - Date.parse(waiting.since);
  const share = (now - Date.parse(waiting.since)) / whole;
  const bar = width === Infinity || !(whole > 0) ? '' : `${renderTimeBar(screen, share, TIME_BAR)} `;
  return wrap(`  ${sign} ${bar}${text}`, width, '    ');
}

/** How many may still fail, while that matters. @example 'failure budget: 0 of 2 used in stage early, 1 of 5 in the run' */
export function renderBudget({ paint, width }: Screen, status: RolloutStatus, kind: RunKind): string[] {
  const { budget, phase, stage, stages } = status;
  const { failed, allowedInStage, maxTotal, tripped } = budget;
  if (tripped !== undefined || phase === 'ended' || isBack(status, kind)) return [];
  const counts = stages.find(({ name }) => name === stage)?.counts;
  // One that failed and couldn't be taken back either is counted as the latter.
  const inStage = Math.min(failed, (counts?.failed ?? 0) + (counts?.['restore-failed'] ?? 0));
  const parts = [
    ...(allowedInStage === undefined || stage === undefined
      ? []
      : [`${inStage} of ${allowedInStage} used in stage ${cleanLine(stage)}`]),
    ...(maxTotal === undefined ? [] : [`${failed} of ${maxTotal} in the run`]),
  ];
  if (parts.length === 0) return failed === 0 ? [] : [`  ${failed} failed so far`];
  const isUsedUp =
    (allowedInStage !== undefined && inStage >= allowedInStage) || (maxTotal !== undefined && failed >= maxTotal);
  const last = isUsedUp ? '; one more failure stops the rollout' : '';
  const color = failed > 0 && isUsedUp ? paint.yellow : paint.dim;
  return wrap(`  failure budget: ${parts.join(', ')}${last}`, width, '    ').map(color);
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

/** @example describeWaiting({ for: 'bake', since, until }, Date.now()) // 'baking, 14s left, until 12:30:05' */
export function describeWaiting(waiting: Waiting, now: number, kind: RunKind = 'rollout'): string {
  const { since, until, reason } = waiting;
  const when =
    until === undefined ? `, for ${agoOf(since, now)}` : `, ${leftUntil(until, now)}, until ${clockTime(until)}`;
  return cleanLine(`${describeHold(waiting, kind)}${when}${reason === undefined ? '' : `: ${reason}`}`);
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

function leftUntil(until: string, now: number): string {
  const ms = Date.parse(until) - now;
  return ms > 0 ? `${countdown(ms)} left` : 'due';
}

function agoOf(since: string, now: number): string {
  return countdown(Math.max(1, now - Date.parse(since)));
}

/** In whole seconds, and from an hour on in whole minutes: it is read, and changes no more often than that. */
function countdown(ms: number): string {
  const unit = ms < 3_600_000 ? 1_000 : 60_000;
  return formatDuration(Math.ceil(ms / unit) * unit);
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

function notices(
  { waiting, unreadable, journal, evidence, paused, aborted }: RolloutStatus,
  now: number,
  kind: RunKind,
): string[] {
  return [
    ...(unreadable === undefined || waiting?.for === 'health' ? [] : [cleanLine(`health: ${unreadable}`)]),
    ...(journal === undefined || waiting?.for === 'journal' ? [] : [cleanLine(journal)]),
    ...(evidence === undefined ? [] : [cleanLine(describeEvidence(evidence))]),
    ...(paused === undefined ? [] : [`paused for ${agoOf(paused.at, now)}: ${logLine(paused)}`]),
    ...(aborted === undefined
      ? []
      : [`aborted${kind === 'rollback' ? '' : ` (${aborted.mode})`}: ${logLine(aborted)}`]),
  ];
}
