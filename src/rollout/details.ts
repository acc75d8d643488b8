import { utf8ToBytes } from '@noble/hashes/utils.js';
import { countKinds, type HoldMode } from './batch.js';
import { asCode, asText } from './markdown.js';
import { actionsNow, type OperatorAction, rollbackActionsNow } from './operator-actions.js';
import { OUTCOME_KINDS } from './outcome.js';
import { countTargets, type Plan } from './plan.js';
import {
  countOf,
  describeCounts,
  describeEvidence,
  type HoldReason,
  type LogEntry,
  type RolloutStatus,
} from './status.js';

/** What only the run itself knows of itself. */
export interface DetailsContext {
  readonly isRollback?: boolean;
  /** How it has ended, and why. */
  readonly end?: string | undefined;
  /** What to do next, once it has ended: see `nextSteps`. */
  readonly next?: readonly string[];
}

/** Of 20 KB that Temporal allows for details. */
const MAX_BYTES = 19_000;

const SHOWN_LOG = 8;
const SHOWN_WARNINGS = 10;

/** What a hold is a hold of, as a sentence goes on after "Waits". */
const WAITS = {
  bake: 'while the stage bakes',
  approval: 'for an approval',
  window: 'for its next window',
  freeze: 'for the end of a freeze',
  paused: 'for the end of a pause',
  health: 'for health readings',
  evidence: 'for an approval, since a stage has changed nothing',
  credentials: 'for credentials that are accepted',
  lease: 'for another rollout',
  journal: 'until its undo file can be written',
} as const satisfies Record<HoldReason, string>;

const PHASES = {
  planning: 'Reads the fleet',
  applying: 'Changes',
  waiting: 'Waits',
  verifying: 'Verifies what it has changed',
  reverting: 'Takes back what was changed',
  ended: 'Ended',
} as const satisfies Record<RolloutStatus['phase'], string>;

/**
 * The status as Markdown, for the current details in the Temporal UI: how the run stands, what it waits for, and what an
 * operator can do who has nothing but that page. At most 20 KB.
 */
export function renderDetails(
  status: RolloutStatus,
  { isRollback = false, end, next = [] }: DetailsContext = {},
): string {
  const actions = isRollback ? rollbackActionsNow(status) : actionsNow(status);
  const parts = [
    [`**${asText(status.title ?? describeCounts(status.counts))}**`],
    [end === undefined ? describeNow(status, isRollback) : `**${asText(end)}**`],
    ...next.map((step) => [asText(step)]),
    ...notices(status, end !== undefined).map((notice) => [notice]),
    renderActions(actions),
    renderStages(status),
    renderList('Last failures', status.failures ?? []),
    renderList(
      'Last messages and events',
      status.log.slice(-SHOWN_LOG).map((entry) => `${utcTime(entry.at)} ${entry.event}${signed(entry)}`),
    ),
    renderList('Warnings of the plan', (status.warnings ?? []).slice(0, SHOWN_WARNINGS)),
  ];
  return fitting(parts.filter((part) => part.length > 0).map((part) => part.join('\n')));
}

/** The details of a batch, for a person who has come to it from its rollout. */
export function renderBatchDetails(batch: {
  readonly rollout: string | undefined;
  readonly counts: RolloutStatus['counts'];
  readonly holds: HoldMode;
  readonly failures: readonly string[];
}): string {
  const { rollout, counts, holds, failures } = batch;
  const parts = [
    [`**${describeCounts(counts)}**`],
    [`${HOLDS[holds]}${rollout === undefined ? '' : ` Send Updates to its parent, ${asCode(rollout)}.`}`],
    renderList('Last failures', failures),
  ];
  return fitting(parts.filter((part) => part.length > 0).map((part) => part.join('\n')));
}

const HOLDS = {
  run: 'Goes on.',
  wait: 'Begins nothing for the time being, and finishes what it has begun.',
  finish: 'Begins nothing more, and finishes what it has begun, once calls are accepted again.',
  stop: 'Begins nothing more, and finishes what it has begun.',
} as const satisfies Record<HoldMode, string>;

/** The details of a plan that has been made. */
export function renderPlanDetails(plan: Plan): string {
  const changes = countTargets(plan);
  const stages = plan.stages.map(({ name, targets }) => `${name}: ${countOf(targets.length, 'target')}`);
  const kinds = countKinds(plan.settled.map(({ outcome }) => outcome.kind));
  const others = OUTCOME_KINDS.flatMap((kind) => ((kinds[kind] ?? 0) > 0 ? [`${kinds[kind]} ${kind}`] : []));
  const parts = [
    [`**${[countOf(changes, 'change'), ...others].join(', ')}**`],
    [`Nothing was changed. Plan hash \`${plan.hash}\``],
    renderList('Stages', stages),
    renderList('Warnings', plan.warnings.slice(0, SHOWN_WARNINGS)),
  ];
  return fitting(parts.filter((part) => part.length > 0).map((part) => part.join('\n')));
}

function describeNow({ phase, stage, waiting }: RolloutStatus, isRollback: boolean): string {
  const of = stage === undefined || phase === 'ended' || phase === 'reverting' ? '' : ` stage **${asText(stage)}**`;
  if (waiting === null) {
    if (phase === 'planning' && isRollback) return 'Reads what was changed';
    return `${PHASES[phase]}${phase === 'applying' || phase === 'waiting' ? of : of && `,${of}`}`;
  }
  const { for: hold, since, until, reason } = waiting;
  const what = isRollback && hold === 'lease' ? '' : ` ${WAITS[hold]}`;
  const times = `since ${utcTime(since)}${until === undefined ? '' : `, until ${utcTime(until)}`}`;
  return `**Waits${what}** (\`${hold}\`) ${times}${reason === undefined || reason === '' ? '' : `: ${asText(reason)}`}`;
}

/** How it has ended says already why, and by whom. */
function notices(status: RolloutStatus, hasEnded: boolean): string[] {
  const { waiting, unreadable, journal, evidence, budget, aborted, paused, rollbackUntil } = status;
  const kept = [
    ...(journal === undefined || waiting?.for === 'journal' ? [] : [`Undo file: ${asText(journal)}`]),
    ...(evidence === undefined ? [] : [`Evidence: ${asText(describeEvidence(evidence))}`]),
    ...(rollbackUntil === undefined ? [] : [`A rollback can read this history until ${utcTime(rollbackUntil)}`]),
  ];
  if (hasEnded) return kept;
  return [
    ...(budget.tripped === undefined ? [] : [`Budget: ${asText(budget.tripped)}`]),
    ...(aborted === undefined ? [] : [asText(`Aborted (${aborted.mode})${signed(aborted)}`)]),
    ...(paused === undefined ? [] : [asText(`Paused${signed(paused)}`)]),
    ...(unreadable === undefined || waiting?.for === 'health' ? [] : [`Health: ${asText(unreadable)}`]),
    ...kept,
  ];
}

function renderActions(actions: readonly OperatorAction[]): string[] {
  if (actions.length === 0) return [];
  // No table: the UI sets its columns without a gap.
  const lines = actions.map(({ update, input, effect }) => `- \`${update}\` \`${input}\`: ${effect}`);
  return ['Updates that it takes now, with an input to paste:', '', ...lines];
}

function renderStages({ stages }: RolloutStatus): string[] {
  if (stages.length === 0) return [];
  const lines = stages.map(({ name, counts }) => `- **${asText(name)}**: ${describeCounts(counts)}`);
  return ['Stages:', '', ...lines];
}

function renderList(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, '', ...lines.map((line) => `- ${asText(line)}`)];
}

/** What comes first matters most, so what doesn't fit is left out from the end. */
function fitting(parts: readonly string[]): string {
  let bytes = 0;
  const kept = parts.filter((part) => {
    const size = utf8ToBytes(part).length + 2;
    if (bytes + size > MAX_BYTES) return false;
    bytes += size;
    return true;
  });
  return kept.join('\n\n');
}

/** @example utcTime('2026-11-25T12:01:11.345Z') // '2026-11-25 12:01:11 UTC' */
function utcTime(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

function signed({ by, reason }: Pick<LogEntry, 'by' | 'reason'>): string {
  return `${by ? ` by ${by}` : ''}${reason ? ` (${reason})` : ''}`;
}
