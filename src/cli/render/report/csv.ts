import { stringify } from 'csv-stringify/sync';
import type { Report, ReportIdentity, ReportInstance } from '../../../client/index.js';
import { cleanLine } from '../../../rollout/clean.js';
import { OPTION_FIELDS } from '../../../rollout/options.js';

const FACTS = [
  'workflowId',
  'runId',
  'account',
  'region',
  'name',
  'arn',
  'stage',
  'outcome',
  'reason',
  ...OPTION_FIELDS.flatMap((field) => [`before.${field}`, `wanted.${field}`, `after.${field}`]),
  'updateRequestId',
  'updateSentAt',
  'settledAt',
  'restoreOutcome',
  'restoreRequestId',
  'restoreSentAt',
  'restoreSettledAt',
  'downgraded',
  'tokenlessCalls',
  'lastTokenlessCall',
  'hoursWithData',
  'expectedHours',
  'tokenlessReadAt',
  'healthBefore',
  'healthAfter',
  'healthReason',
] as const;

/** The first line of every such table. */
export const CSV_HEADER = FACTS.join(',');

/** How each line of a run begins. */
export function csvMark({ rollout }: ReportIdentity): string {
  return stringify([runCells(rollout)], { escape_formulas: true }).replace(/\n$/, ',');
}

function runCells(rollout: ReportIdentity['rollout']): string[] {
  return [rollout?.workflowId ?? '', rollout?.runId ?? ''].map(cleanLine);
}

/** A line for each instance; nothing in it is a formula, whatever an instance is called. Times are ISO 8601, UTC. */
export function reportCsv({ rollout, instances }: Report): string {
  const run = runCells(rollout);
  return stringify([[...FACTS], ...instances.map((instance) => [...run, ...cellsOf(instance)].map(clean))], {
    escape_formulas: true,
  });
}

function clean(cell: string | number): string | number {
  return typeof cell === 'string' ? cleanLine(cell) : cell;
}

function cellsOf(instance: ReportInstance): (string | number)[] {
  const { account, region, name, arn, stage, outcome, reason, before, wanted, after } = instance;
  const { update, settledAt, restore, tokenless, health } = instance;
  const uses = tokenless !== null && 'calls' in tokenless ? tokenless : undefined;
  const unknown = tokenless !== null && 'unknown' in tokenless ? `unknown: ${tokenless.unknown}` : '';
  return [
    account,
    region,
    name,
    arn,
    stage ?? '',
    outcome,
    reason ?? '',
    ...OPTION_FIELDS.flatMap((field) => [before?.[field] ?? '', wanted?.[field] ?? '', after?.[field] ?? '']),
    update?.requestId ?? '',
    update?.sentAt ?? '',
    settledAt ?? '',
    restore?.outcome ?? '',
    restore?.requestId ?? '',
    restore?.sentAt ?? '',
    restore?.settledAt ?? '',
    instance.downgraded ? 'yes' : 'no',
    uses?.calls ?? unknown,
    uses?.lastUsed ?? '',
    uses?.hours ?? '',
    uses?.expected ?? '',
    tokenless?.readAt ?? '',
    health?.before ?? '',
    health?.after ?? '',
    health?.reason ?? '',
  ];
}
