import { stringify } from 'csv-stringify/sync';
import { type AuditUsage, POSTURES, type Posture } from '../../rollout/audit.js';
import { cleanLine } from '../../rollout/clean.js';
import { describeCoverage, describeHour } from '../../rollout/evidence.js';
import { fieldsOf, type MetadataOptions } from '../../rollout/options.js';
import { countOf } from '../../rollout/status.js';
import type { AuditJson } from '../json/audit.js';
import type { Screen } from '../output.js';
import { columns, padEnd, widest, wrap } from './columns.js';
import { labelIn } from './label.js';

/** So many are named. */
const MAX_REGIONS = 8;

const MARKS = { noncompliant: '✘', unknown: '?', exempt: '–', compliant: '✔' } as const satisfies Record<
  Posture,
  string
>;

/** The worst ones first, each with what it lacks; those that are as wanted are counted only. */
export function renderAudit(screen: Screen, audit: AuditJson): string[] {
  const { at, policy, regions, counts, instances, unread, usage: asked } = audit;
  const { paint, width } = screen;
  const total = instances.length;
  const read = regions.filter((region) => !unread.some((each) => each.region === region));
  const rows = POSTURES.flatMap(
    (posture) => instances.filter((entry) => entry.posture === posture).map((entry) => [posture, entry] as const),
    // One that is as wanted is named for its usage only.
  ).filter(([posture, { usage }]) => posture !== 'compliant' || (usage !== undefined && usage !== null));
  const label = labelIn(instances);
  const labels = rows.map(([, entry]) => label(entry));
  const labelWidth = widest(labels);
  const uses = rows.map(([, { usage }]) => (asked === undefined ? '' : `  ${describeUsage(usage)}`));
  const useWidth = widest(uses);
  return [
    ...wrap(`${paint.bold('Wanted')} ${describeOptions(policy)}, in ${cleanLine(describeRegions(read))}`, width, '  '),
    ...columns(
      [...POSTURES].reverse().map((posture) => [String(counts[posture]), posture]),
      width,
      '    ',
    ),
    ...(asked === undefined ? [] : [`  Calls without a token in the last ${cleanLine(asked.lookback)}:`]),
    ...(total === 0 ? ['  No instance was found.'] : []),
    ...(rows.length === 0 ? [] : ['']),
    ...rows.flatMap(([posture, { why, createdAt, blueprint, state }], index) => {
      const facts = [state, blueprint, createdAt === null ? null : describeAge(createdAt, at)]
        .filter(Boolean)
        .join(', ');
      const line = `  ${colour(screen, posture)(MARKS[posture])} ${padEnd(labels[index] ?? '', labelWidth)}${padEnd(uses[index] ?? '', useWidth)}  ${cleanLine(why)}`;
      return [
        ...wrap(line.trimEnd(), width, ' '.repeat(labelWidth + 6)),
        ...wrap(paint.dim(`    ${cleanLine(facts)}`), width, '    '),
      ];
    }),
  ];
}

/** @example describeUsage({ calls: 12, lastUsed: '2026-11-20T13:00:00.000Z', hours: 336, expected: 336 }) // '12 calls, the last after 2026-11-20 13:00 UTC, data of 336 of 336 hours' */
function describeUsage(usage: AuditUsage | null | undefined): string {
  if (usage === undefined || usage === null) return '–';
  if ('unread' in usage) return 'unread';
  if ('unknown' in usage) {
    const { hours, expected } = usage;
    return hours === undefined || expected === undefined
      ? 'no data'
      : `too little data (${hours} of ${countOf(expected, 'hour')})`;
  }
  const last = usage.lastUsed === null ? '' : `, the last after ${describeHour(usage.lastUsed)}`;
  return `${countOf(usage.calls, 'call')}${last}, ${describeCoverage(usage)}`;
}

function colour({ paint }: Screen, posture: Posture): (text: string) => string {
  if (posture === 'noncompliant') return paint.red;
  return posture === 'exempt' ? paint.dim : paint.yellow;
}

/** @example describeAge('2026-01-01T00:00:00.000Z', '2026-01-31T00:00:00.000Z') // '30 days old' */
function describeAge(createdAt: string, at: string): string {
  const days = Math.max(0, Math.floor((Date.parse(at) - Date.parse(createdAt)) / 86_400_000));
  return `${days} ${days === 1 ? 'day' : 'days'} old`;
}

/** Of all regions, most are empty. */
function describeRegions(regions: readonly string[]): string {
  return regions.length > MAX_REGIONS ? countOf(regions.length, 'region') : regions.join(', ');
}

function describeOptions(options: MetadataOptions): string {
  return fieldsOf(options)
    .map((field) => `${field} ${options[field]}`)
    .join(', ');
}

/** How every table begins: what is written over another audit is known by it. */
export const CSV_START = 'account,region,name,posture,why,';

/** A table for a spreadsheet: nothing in it is a formula, whatever an instance is called. */
export function auditCsv({ instances, usage: asked }: AuditJson): string {
  const rows = instances.map(({ options, usage, ...entry }) => ({
    ...cleanCells(entry),
    ...tokenlessCells(usage),
    httpTokens: options?.httpTokens ?? '',
    httpEndpoint: options?.httpEndpoint ?? '',
    httpPutResponseHopLimit: options?.httpPutResponseHopLimit ?? '',
    httpProtocolIpv6: options?.httpProtocolIpv6 ?? '',
  }));
  return stringify(rows, {
    header: true,
    escape_formulas: true,
    columns: [
      'account',
      'region',
      'name',
      'posture',
      'why',
      'httpTokens',
      'httpEndpoint',
      'httpPutResponseHopLimit',
      'httpProtocolIpv6',
      ...(asked === undefined ? [] : ['tokenlessCalls', 'lastTokenlessCall', 'hoursWithData', 'expectedHours']),
      'state',
      'blueprint',
      'createdAt',
      'arn',
    ],
  });
}

/** A cell is one line. */
function cleanCells<Entry extends object>(entry: Entry): Record<string, string> {
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, cleanLine(String(value ?? ''))]));
}

function tokenlessCells(usage: AuditUsage | null | undefined) {
  const none = { tokenlessCalls: '', lastTokenlessCall: '', hoursWithData: '', expectedHours: '' };
  if (usage === undefined || usage === null) return none;
  if ('unread' in usage) return { ...none, tokenlessCalls: 'unread' };
  const { hours: hoursWithData = '', expected: expectedHours = '' } = usage;
  if (!('unknown' in usage)) {
    return { tokenlessCalls: usage.calls, lastTokenlessCall: usage.lastUsed ?? '', hoursWithData, expectedHours };
  }
  const tokenlessCalls = hoursWithData === '' ? 'no data' : 'too little data';
  return { ...none, tokenlessCalls, hoursWithData, expectedHours };
}
