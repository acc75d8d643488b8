import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import {
  type AuditPolicy,
  auditInstance,
  countPostures,
  POSTURES,
  type Posture,
  regressions,
} from '../rollout/audit.js';
import type { Selection } from '../rollout/selector.js';
import { countOf } from '../rollout/status.js';
import type { AuditFlags } from './commands/audit.js';
import { CliError, reasonOf } from './errors.js';
import { EXIT } from './exit-codes.js';
import { createOutput } from './output.js';
import { describeUnread, readRegions, regionsUnreadable } from './read-regions.js';
import { type AuditJson, auditCsv, renderAudit } from './render/audit.js';

/** From which posture on an instance fails the audit. */
const FAILING = {
  none: [],
  noncompliant: ['noncompliant'],
  unknown: ['noncompliant', 'unknown'],
} as const satisfies Record<AuditFlags['failOn'], readonly Posture[]>;

const baselineSchema = z.looseObject({
  instances: z.array(z.looseObject({ arn: z.string(), posture: z.enum(POSTURES) })),
});

interface AuditScope {
  readonly policy: AuditPolicy;
  readonly regions: readonly string[];
  readonly selection: Selection;
}

/** Shows how every instance stands to a policy. @returns the exit code */
export async function showAudit(specPath: string | undefined, flags: AuditFlags): Promise<number> {
  const output = createOutput(flags);
  const { policy, regions, selection } = await chooseScope(specPath, flags);
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline);
  const { instances, unread } = await readRegions(regions, selection);
  const nobodyAnswered = unread.length === regions.length;
  if (nobodyAnswered) throw regionsUnreadable(unread, 'Nothing is known of any region.');
  const entries = instances.map((instance) => auditInstance(policy, instance));
  const fails: readonly Posture[] = FAILING[flags.failOn];
  const worse = baseline === undefined ? undefined : regressions(entries, baseline, fails);
  const audit: AuditJson = {
    at: new Date().toISOString(),
    policy: policy.options,
    regions,
    unread: unread.map((each) => ({ region: each.region, why: describeUnread(each) })),
    counts: countPostures(entries),
    instances: entries,
    ...(worse !== undefined && {
      worse: worse.map(({ entry, before }) => ({ arn: entry.arn, before: before ?? null, now: entry.posture })),
    }),
  };
  const csv = flags.format === 'csv' ? auditCsv(audit) : undefined;
  if (flags.output !== undefined) await keep(flags.output, csv ?? `${JSON.stringify(audit, null, 2)}\n`);
  output.result(audit);
  if (!flags.json && csv !== undefined && flags.output === undefined) process.stdout.write(csv);
  else if (!flags.json) output.print(...renderAudit(output, audit));
  for (const each of unread) output.note(`! ${describeUnread(each)}`);
  // A region that can't be read may hold anything.
  if (unread.length > 0) return EXIT.badInput;
  const failing = worse ?? entries.filter(({ posture }) => fails.includes(posture));
  if (failing.length === 0) return EXIT.done;
  output.note(
    `${worse === undefined ? 'Failing' : 'Worse than in the baseline'}: ${countOf(failing.length, 'instance')}.`,
  );
  return EXIT.targetsLeft;
}

/** @throws CliError `BadInput` */
async function chooseScope(specPath: string | undefined, flags: AuditFlags): Promise<AuditScope> {
  const options = {
    ...(flags.httpTokens !== undefined && { httpTokens: flags.httpTokens }),
    ...(flags.httpEndpoint !== undefined && { httpEndpoint: flags.httpEndpoint }),
    ...(flags.hopLimit !== undefined && { httpPutResponseHopLimit: flags.hopLimit }),
  };
  const isAsked = Object.keys(options).length > 0;
  if (specPath === undefined) {
    const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
    const own = AWS_REGION ?? AWS_DEFAULT_REGION;
    const regions = flags.regions ?? (own ? [own] : []);
    if (regions.length === 0) {
      throw new CliError('BadInput', 'Name the regions: --regions us-east-1,eu-west-1, a spec, or AWS_REGION.');
    }
    const wanted = isAsked ? options : { httpTokens: 'required' as const };
    return { policy: { options: wanted, overrides: [], exceptions: [] }, regions, selection: {} };
  }
  if (isAsked) {
    throw new CliError(
      'BadInput',
      'The spec says which options are wanted: leave --http-tokens, --http-endpoint and --hop-limit out, or the spec.',
    );
  }
  const { requireSpec } = await import('./require-spec.js');
  const { spec } = await requireSpec(specPath);
  const { include, exclude, regions } = spec.targets;
  return { policy: spec, regions: flags.regions ?? regions, selection: { include, exclude } };
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

async function keep(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: unknown) => {
    throw new CliError('BadInput', `${path} can't be written (${reasonOf(error)}): give a name in a folder of yours.`);
  });
}
