import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { RolloutBounds } from '../rollout/bounds.js';
import { safeJson } from '../rollout/clean.js';
import { describeIssue, problemsOf } from '../rollout/spec-problems.js';
import { CliError, reasonOf } from './errors.js';
import type { PlanJson } from './json/plan.js';
import { replaceFile, requireOwnPath } from './replace-file.js';

const instance = z.looseObject({ arn: z.string(), region: z.string(), account: z.string(), name: z.string() });

const planFileSchema = z.looseObject({
  name: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be the hash of a plan: 64 hexadecimal digits'),
  bounds: z.looseObject({
    only: z.array(z.string()).exactOptional(),
    limit: z.int().exactOptional(),
    until: z.string().exactOptional(),
  }),
  stages: z.array(
    z.looseObject({
      name: z.string(),
      targets: z.array(instance.extend({ before: z.unknown(), desired: z.unknown() })),
    }),
  ),
  settled: z.array(instance.extend({ outcome: z.string(), detail: z.string().exactOptional() })),
});

/** A plan as `plan -o` has written it, as far as `start --plan` needs it. */
export type PlanFile = z.output<typeof planFileSchema>;

const REMEDY = 'Make one: imds-rollout plan SPEC -o FILE';

/** @param specName - left out, a plan of any spec. @throws CliError `BadInput` where it isn't a plan, or a plan of another spec */
export async function readPlanFile(path: string, specName?: string): Promise<PlanFile> {
  const text = await readText(path);
  if (text === undefined) throw new CliError('BadInput', `There is no file ${path}. ${REMEDY}`);
  const plan = parsePlan(path, text);
  if (specName === undefined || plan.name === specName) return plan;
  throw new CliError(
    'BadInput',
    `${path} is a plan of "${plan.name}" (name), and the spec is "${specName}": give the two that belong together.`,
  );
}

/** A plan is written over nothing but another plan. @throws CliError `BadInput` */
export async function requirePlanPath(path: string): Promise<void> {
  await requireOwnPath(path, 'plan', (text) => isPlan(path, text));
}

/**
 * Writes a plan; see {@link requirePlanPath}.
 *
 * @throws CliError `BadInput`
 */
export async function writePlanFile(path: string, plan: PlanJson): Promise<void> {
  await requirePlanPath(path);
  await replaceFile(path, `${safeJson(plan, 2)}\n`);
}

/** What the plan of a file holds the start to. */
export function boundsOf({ hash, bounds: { only, limit, until } }: PlanFile): RolloutBounds {
  return {
    planHash: hash,
    ...(only !== undefined && { only }),
    ...(limit !== undefined && { limit }),
    ...(until !== undefined && { until }),
  };
}

/** @returns undefined where there is no such file */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError('BadInput', `${path} can't be read (${reasonOf(error)}): give the name of a file.`);
  }
}

function isPlan(path: string, text: string): boolean {
  try {
    parsePlan(path, text);
    return true;
  } catch {
    return false;
  }
}

function parsePlan(path: string, text: string): PlanFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CliError('BadInput', `${path} isn't JSON, so it is no plan (${reasonOf(error)}). ${REMEDY}`);
  }
  const parsed = planFileSchema.safeParse(json, { error: describeIssue, reportInput: false });
  if (parsed.success) return parsed.data;
  const [problem] = parsed.error.issues.flatMap(problemsOf);
  const place = problem?.path.replace('(spec)', 'the whole') ?? 'the whole';
  throw new CliError('BadInput', `${path} is no plan: ${place}: ${problem?.message ?? 'not understood'}. ${REMEDY}`);
}
