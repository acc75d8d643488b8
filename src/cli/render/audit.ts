import { stringify } from 'csv-stringify/sync';
import { type AuditEntry, POSTURES, type Posture } from '../../rollout/audit.js';
import { fieldsOf, type MetadataOptions } from '../../rollout/options.js';
import type { Screen } from '../output.js';
import { cleanLine } from './clean.js';
import { columns, padEnd, widest, wrap } from './columns.js';

/** What `audit --json` prints. */
export interface AuditJson {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The options that are wanted, overrides aside. */
  readonly policy: MetadataOptions;
  readonly regions: readonly string[];
  readonly unread: readonly { readonly region: string; readonly why: string }[];
  readonly counts: Readonly<Record<Posture, number>>;
  readonly instances: readonly AuditEntry[];
  /** With a baseline: what has become worse since; `before` is null where the instance is new. */
  readonly worse?: readonly { readonly arn: string; readonly before: Posture | null; readonly now: Posture }[];
}

const MARKS = { noncompliant: '✘', unknown: '?', exempt: '–', compliant: '✔' } as const satisfies Record<
  Posture,
  string
>;

/** The worst ones first, each with what it lacks; those that are as wanted are counted only. */
export function renderAudit(screen: Screen, { at, policy, regions, counts, instances, unread }: AuditJson): string[] {
  const { paint, width } = screen;
  const total = instances.length;
  const read = regions.filter((region) => !unread.some((each) => each.region === region));
  const rows = POSTURES.filter((posture) => posture !== 'compliant').flatMap((posture) =>
    instances.filter((entry) => entry.posture === posture).map((entry) => [posture, entry] as const),
  );
  const labels = rows.map(([, { region, name }]) => cleanLine(`${region}/${name}`));
  const labelWidth = widest(labels);
  return [
    ...wrap(`${paint.bold('Wanted')} ${describeOptions(policy)}, in ${read.join(', ')}`, width, '  '),
    ...columns(
      [...POSTURES].reverse().map((posture) => [String(counts[posture]), posture]),
      width,
      '    ',
    ),
    ...(total === 0 ? ['  No instance was found.'] : []),
    ...(rows.length === 0 ? [] : ['']),
    ...rows.flatMap(([posture, { why, createdAt, blueprint, state }], index) => {
      const facts = [state, blueprint, createdAt === null ? null : describeAge(createdAt, at)]
        .filter(Boolean)
        .join(', ');
      const line = `  ${colour(screen, posture)(MARKS[posture])} ${padEnd(labels[index] ?? '', labelWidth)}  ${cleanLine(why)}`;
      return [
        ...wrap(line, width, ' '.repeat(labelWidth + 6)),
        ...wrap(paint.dim(`    ${cleanLine(facts)}`), width, '    '),
      ];
    }),
  ];
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

function describeOptions(options: MetadataOptions): string {
  return fieldsOf(options)
    .map((field) => `${field} ${options[field]}`)
    .join(', ');
}

/** A table for a spreadsheet: nothing in it is a formula, whatever an instance is called. */
export function auditCsv({ instances }: AuditJson): string {
  const rows = instances.map(({ options, ...entry }) => ({
    ...entry,
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
      'state',
      'blueprint',
      'createdAt',
      'arn',
    ],
  });
}
