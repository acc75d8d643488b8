import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { SdkLightsail } from '../lightsail/index.js';
import {
  type AuditPolicy,
  auditInstance,
  countPostures,
  POSTURES,
  type Posture,
  regressions,
} from '../rollout/audit.js';
import { safeJson } from '../rollout/clean.js';
import { formatDuration } from '../rollout/duration.js';
import { describeUnused, type Reach } from '../rollout/reach.js';
import type { Selection } from '../rollout/selector.js';
import { countOf } from '../rollout/status.js';
import { addUsage } from './audit-usage.js';
import type { AuditFlags } from './commands/audit.js';
import { CliError, reasonOf } from './errors.js';
import { EXIT } from './exit-codes.js';
import type { AuditJson } from './json/audit.js';
import { createOutput, type Output } from './output.js';
import { describeUnread, openAws, readReach, regionsUnreadable } from './read-fleet.js';
import { describeUnreadUsage, MANY_READINGS } from './read-usage.js';
import { auditCsv, CSV_START, renderAudit } from './render/audit.js';
import { replaceFile, requireOwnPath } from './replace-file.js';

/** From which posture on an instance fails the audit. */
const FAILING = {
  none: [],
  noncompliant: ['noncompliant'],
  unknown: ['noncompliant', 'unknown'],
} as const satisfies Record<AuditFlags['failOn'], readonly Posture[]>;

/** As a spec has it, in milliseconds. */
const DEFAULT_LOOKBACK = 14 * 86_400_000;

const baselineSchema = z.looseObject({
  instances: z.array(z.looseObject({ arn: z.string(), posture: z.enum(POSTURES) })),
});

interface AuditScope {
  readonly policy: AuditPolicy;
  readonly reach: Reach;
  readonly selection: Selection;
  /** How far back usage is read, in milliseconds. */
  readonly lookback: number;
}

/** Shows how every instance stands to a policy. @returns the exit code */
export async function showAudit(specPath: string | undefined, flags: AuditFlags): Promise<number> {
  const output = createOutput(flags);
  const scope = await chooseScope(specPath, flags);
  const { policy } = scope;
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline);
  // Before anything is read, which may take long.
  if (flags.output !== undefined) await requireOwnPath(flags.output, 'audit', isAudit);
  const aws = await openAws(flags);
  const { lookback, ...read } = await readAll(aws, scope, flags, output).finally(aws.close);
  const { entries, places, unread, unused, unreadUsage } = read;
  const fails: readonly Posture[] = FAILING[flags.failOn];
  const worse = baseline === undefined ? undefined : regressions(entries, baseline, fails);
  const audit: AuditJson = {
    at: new Date().toISOString(),
    policy: policy.options,
    regions: [...new Set([...places, ...unread].map(({ region }) => region))],
    unread: unread.map(({ account, region, problem }) => ({
      ...(account !== undefined && { account }),
      region,
      why: describeUnread({ ...(account !== undefined && { account }), region, problem }),
    })),
    counts: countPostures(entries),
    instances: entries,
    ...(flags.usage && { usage: { lookback: formatDuration(lookback), unread: unreadUsage.map(describeUnreadUsage) } }),
    ...(worse !== undefined && {
      worse: worse.map(({ entry, before }) => ({ arn: entry.arn, before: before ?? null, now: entry.posture })),
    }),
  };
  const csv = flags.format === 'csv' ? auditCsv(audit) : undefined;
  if (flags.output !== undefined) await replaceFile(flags.output, csv ?? `${safeJson(audit, 2)}\n`);
  output.result(audit);
  if (!flags.json && csv !== undefined && flags.output === undefined) process.stdout.write(csv);
  else if (!flags.json) output.print(...renderAudit(output, audit));
  for (const line of describeUnused(unused)) output.note(line);
  for (const each of unread) output.note(`! ${describeUnread(each)}`);
  for (const each of unreadUsage) output.note(`! ${describeUnreadUsage(each)}`);
  // A region that can't be read may hold anything.
  if (unread.length + unreadUsage.length > 0) return EXIT.badInput;
  const failing = worse ?? entries.filter(({ posture }) => fails.includes(posture));
  if (failing.length === 0) return EXIT.done;
  output.note(
    `${worse === undefined ? 'Failing' : 'Worse than in the baseline'}: ${countOf(failing.length, 'instance')}.`,
  );
  return EXIT.targetsLeft;
}

/** @throws CliError `RegionUnreadable` or `RegionUnanswered` where not one region can be read */
async function readAll(
  { lightsail }: SdkLightsail,
  { policy, reach, selection, lookback }: AuditScope,
  { usage }: AuditFlags,
  output: Output,
) {
  const fleet = await readReach(lightsail, reach, selection);
  const { instances, places, unread } = fleet;
  if (places.length === 0 && unread.length > 0) throw regionsUnreadable(unread, 'Nothing is known of any region.');
  const audited = instances.map((instance) => auditInstance(policy, instance));
  if (!usage) return { ...fleet, entries: audited, unreadUsage: [], lookback };
  if (instances.length > MANY_READINGS)
    output.note(`Reads the usage of ${instances.length} instances, a few a second.`);
  const { entries, unread: unreadUsage } = await addUsage(lightsail, audited, instances, { ...reach, lookback });
  return { ...fleet, entries, unreadUsage, lookback };
}

/** @throws CliError `BadInput` */
async function chooseScope(specPath: string | undefined, flags: AuditFlags): Promise<AuditScope> {
  const options = {
    ...(flags.httpTokens !== undefined && { httpTokens: flags.httpTokens }),
    ...(flags.httpEndpoint !== undefined && { httpEndpoint: flags.httpEndpoint }),
    ...(flags.hopLimit !== undefined && { httpPutResponseHopLimit: flags.hopLimit }),
  };
  const isAsked = Object.keys(options).length > 0;
  if (flags.lookback !== undefined && !flags.usage) {
    throw new CliError('BadInput', '--lookback says how far back usage is read: add --usage, or leave it out.');
  }
  const { lookback = DEFAULT_LOOKBACK } = flags;
  if (specPath === undefined) {
    const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
    const own = AWS_REGION ?? AWS_DEFAULT_REGION;
    const regions = flags.regions ?? (own ? [own] : undefined);
    if (regions === undefined) {
      throw new CliError('BadInput', 'Name the regions: --regions us-east-1,eu-west-1, or all, a spec, or AWS_REGION.');
    }
    const { accounts } = flags;
    const wanted = isAsked ? options : { httpTokens: 'required' as const };
    const policy = { options: wanted, overrides: [], exceptions: [] };
    return { policy, reach: { accounts, regions }, selection: {}, lookback };
  }
  if (isAsked) {
    throw new CliError(
      'BadInput',
      'The spec says which options are wanted: leave --http-tokens, --http-endpoint and --hop-limit out, or the spec.',
    );
  }
  const { requireSpec } = await import('./require-spec.js');
  const { spec } = await requireSpec(specPath);
  const { include, exclude } = spec.targets;
  const { accounts = spec.targets.accounts, regions = spec.targets.regions } = flags;
  const own = spec.evidence === 'off' ? lookback : spec.evidence.lookback;
  return {
    policy: spec,
    reach: { accounts, regions },
    selection: { include, exclude },
    lookback: flags.lookback ?? own,
  };
}

async function readBaseline(path: string): Promise<z.output<typeof baselineSchema>['instances']> {
  const remedy = 'It is what an earlier audit --json has printed.';
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError('BadInput', `${path} can't be read (${reasonOf(error)}). ${remedy}`);
  });
  try {
    return baselineSchema.parse(JSON.parse(text)).instances;
  } catch {
    throw new CliError('BadInput', `${path} is no baseline. ${remedy}`);
  }
}

/** An earlier audit, or nothing yet. */
function isAudit(text: string): boolean {
  if (text.trim() === '' || text.startsWith(CSV_START)) return true;
  try {
    return baselineSchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
