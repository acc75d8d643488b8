import type { RolloutBounds } from '../rollout/bounds.js';
import { safeJson } from '../rollout/clean.js';
import { hashPlan } from '../rollout/plan.js';
import { describeIssue, problemsOf } from '../rollout/spec-problems.js';
import { CliError } from './errors.js';
import { PLAN_FORMAT, type PlanJson, planJsonSchema } from './json/plan.js';
import { hasFormat, type KeptFile, readKeptFile, requireIntact } from './kept-file.js';
import { replaceFile, requireOwnPath } from './replace-file.js';

const REMEDY = 'Make one: imds-rollout plan SPEC -o FILE';

/** The worker makes the plan itself and carries out no other: an edit can't change what is done. */
const NEVER_AS_EDITED = `A plan is never carried out as edited: change the spec or the bounds, and make it anew: imds-rollout plan SPEC -o FILE`;

/**
 * Reads a plan as `plan -o` has written it.
 *
 * @param specName - left out, a plan of any spec
 * @throws CliError `BadInput` where it isn't a plan, or a plan of another spec; `EditedFile` where it was edited
 */
export async function readPlanFile(path: string, specName?: string): Promise<PlanJson> {
  const plan = checkPlan(await readKeptFile(path, [PLAN_FORMAT], REMEDY));
  if (specName === undefined || plan.name === specName) return plan;
  throw new CliError(
    'BadInput',
    `${path} is a plan of "${plan.name}" (name), and the spec is "${specName}": give the two that belong together.`,
  );
}

/** A plan is written over nothing but another plan. @throws CliError `BadInput` */
export async function requirePlanPath(path: string): Promise<void> {
  await requireOwnPath(path, 'plan', (text) => hasFormat(text, PLAN_FORMAT));
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
export function boundsOf({ hash, bounds: { only, limit, until } }: PlanJson): RolloutBounds {
  return {
    planHash: hash,
    ...(only !== undefined && { only }),
    ...(limit !== undefined && { limit }),
    ...(until !== undefined && { until }),
  };
}

/** @throws CliError `BadInput`, `EditedFile` */
export function checkPlan(file: KeptFile): PlanJson {
  const { path, content } = file;
  requireIntact(file, NEVER_AS_EDITED);
  const parsed = planJsonSchema.safeParse(content, { error: describeIssue, reportInput: false });
  if (!parsed.success) {
    const [problem] = parsed.error.issues.flatMap(problemsOf);
    const place = problem?.path.replace('(spec)', 'the whole') ?? 'the whole';
    throw new CliError('BadInput', `${path} is no plan: ${place}: ${problem?.message ?? 'not understood'}. ${REMEDY}`);
  }
  const { hash, specHash, stages, settled } = parsed.data;
  const own = hashPlan({ specHash, stages: stages.map((stage) => ({ ...stage, bake: stage.bakeMs })), settled });
  if (own === hash) return parsed.data;
  throw new CliError(
    'EditedFile',
    `${path} was edited since it was written: it states the plan hash ${hash}, and its stages and instances give ${own}. ${NEVER_AS_EDITED}`,
  );
}
