import type { Report, ReportIdentity, ReportInstance } from '../../../client/index.js';
import { describeBounds } from '../../../rollout/bounds.js';
import { describeCoverage } from '../../../rollout/evidence.js';
import { fieldsOf, type MetadataOptions } from '../../../rollout/options.js';
import { OUTCOME_KINDS } from '../../../rollout/outcome.js';
import { utc } from './time.js';

/** What a cell says where nothing was recorded. */
export const NOTHING = '–';

/** @example optionsText({ httpTokens: 'required' }) // 'httpTokens required' */
export function optionsText(options: MetadataOptions | null): string {
  if (options === null) return NOTHING;
  return fieldsOf(options)
    .map((field) => `${field} ${options[field]}`)
    .join(', ');
}

/** How an instance ended, its way back included. @example outcomeText(row) // 'failed(unhealthy), restored' */
export function outcomeText({ outcome, restore }: Pick<ReportInstance, 'outcome' | 'restore'>): string {
  return restore === null ? outcome : `${outcome}, ${restore.outcome}`;
}

export function tokenlessText({ tokenless }: Pick<ReportInstance, 'tokenless'>): string {
  if (tokenless === null) return NOTHING;
  if ('unknown' in tokenless) return `unknown: ${tokenless.unknown}`;
  const last = tokenless.lastUsed === null ? '' : `, last after ${utc(tokenless.lastUsed)}`;
  return `${tokenless.calls}${last}, ${describeCoverage(tokenless)}`;
}

export function healthText({ health }: Pick<ReportInstance, 'health'>): string {
  if (health === null) return NOTHING;
  const { before, after, reason } = health;
  const words = [...(before === null ? [] : [`before: ${before}`]), ...(after === null ? [] : [`after: ${after}`])];
  return `${words.join(', ')}${reason === null ? '' : ` (${reason})`}`;
}

/** Ended as anybody would hope, or may still: nothing to look at. */
export function isQuiet({ outcome, restore }: Pick<ReportInstance, 'outcome' | 'restore'>): boolean {
  if (restore !== null && restore.outcome !== 'restored') return false;
  return QUIET.has(outcome);
}

const QUIET: ReadonlySet<string> = new Set(['changed', 'compliant', 'restored', 'planned', 'not started', 'in flight']);

/** Facts of the run itself: a name, and what it is. */
export function runFacts(report: Report): readonly (readonly [string, string])[] {
  const { rollout, versions, planHash, spec, bounds } = report;
  const held = describeBounds(bounds);
  return [
    ...(rollout === null
      ? []
      : ([
          ['Workflow ID', rollout.workflowId],
          ['Run ID', rollout.runId],
          ...(rollout.earlierRuns.length === 0 ? [] : [['Earlier runs', rollout.earlierRuns.join(', ')] as const]),
          ...(rollout.takesBack === undefined
            ? []
            : [
                [
                  'Takes back',
                  rollout.takesBack
                    .map(({ workflowId, runId }) => `${workflowId}${runId === null ? '' : ` (run ${runId})`}`)
                    .join(', ') || 'an uploaded undo file',
                ] as const,
              ]),
          ['Namespace', rollout.namespace],
          ['Task queue', rollout.taskQueue],
          ['Status in Temporal', rollout.status],
          ['Started', `${utc(rollout.startedAt)} UTC`],
          ['Started by', rollout.startedBy ?? 'not recorded'],
          ['Ended', rollout.endedAt === null ? 'not yet' : `${utc(rollout.endedAt)} UTC`],
        ] as const)),
    ['Plan hash', planHash ?? 'none'],
    ...(spec === null ? [] : [['Spec hash', spec.sha256] as const]),
    ...(held.length === 0 ? [] : [['Held to a part', held.join('; ')] as const]),
    ['Worker', versions.worker === null ? 'not recorded' : `lightsail-imds-rollout ${versions.worker}`],
    ['Worker builds', versions.workerBuilds.join(', ') || 'not recorded'],
    ['Temporal SDK', versions.temporalSdk ?? 'not recorded'],
    ['Temporal server', versions.temporalServer ?? 'not recorded'],
    ['Report by', `lightsail-imds-rollout ${versions.report}, ${utc(report.writtenAt)} UTC`],
  ];
}

/** How many of each kind there are, those that occur; and those that have come to no outcome, by how they stand. */
export function countCells({
  counts,
  instances,
}: Pick<Report, 'counts' | 'instances'>): readonly (readonly [string, number])[] {
  const standing = new Map<string, number>();
  for (const { outcome } of instances) if (OPEN.has(outcome)) standing.set(outcome, (standing.get(outcome) ?? 0) + 1);
  const settled = OUTCOME_KINDS.flatMap((kind) => {
    const count = counts[kind] ?? 0;
    return count > 0 ? [[kind, count] as const] : [];
  });
  return [...settled, ...standing];
}

const OPEN: ReadonlySet<string> = new Set(['planned', 'in flight', 'not started', 'may be changed']);

/** What the run is called, for a title. */
export function titleOf({ kind, rollout, planHash }: Report): string {
  const name = rollout?.name ?? rollout?.workflowId ?? planHash?.slice(0, 12) ?? '';
  return `${kind[0]?.toUpperCase()}${kind.slice(1)} ${name}`;
}

/** Whom a report is about: a file is written over only by a report of the same. */
export function identityOf({ rollout, planHash }: ReportIdentity): string {
  return rollout === null ? `plan ${planHash}` : `${rollout.workflowId} ${rollout.runId}`;
}
