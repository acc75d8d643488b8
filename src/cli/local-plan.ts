import { parseBounds, type RolloutBounds } from '../rollout/bounds.js';
import { readsStatusBefore } from '../rollout/health.js';
import type { FleetInstance } from '../rollout/instance.js';
import type { Plan } from '../rollout/plan.js';
import { planRollout } from '../rollout/planner.js';
import { describeProblems, type RolloutSpec } from '../rollout/spec.js';
import { CliError } from './errors.js';
import { readRegions, regionsUnreadable } from './read-regions.js';

/** Bounds that fit the spec. @param place - how a problem's path is written @throws CliError `BadInput` with every problem */
export function requireBounds(
  wanted: RolloutBounds,
  spec: RolloutSpec,
  place: (path: string) => string = (path) => path.replace(/^bounds\./, '--'),
): RolloutBounds {
  const check = parseBounds(wanted, spec);
  if (check.ok) return check.bounds;
  const problems = check.problems.map(({ path, message }) => ({ path: place(path), message }));
  throw new CliError('BadInput', `The bounds are refused, and nothing was started:\n${describeProblems(problems)}`);
}

/** A plan where it can be had from here soon. */
export type LocalReading =
  | { readonly ok: true; readonly plan: Plan }
  /** `why`: for a person, on one line. */
  | { readonly ok: false; readonly why: string };

/** The worker makes its own in any case, so nobody waits longer for it; in milliseconds. */
const PATIENCE = 20_000;

/**
 * @param accounts - where the instances are, if that is known: another account's plan says nothing of them
 * @throws CliError `PlanRefused`
 */
export async function tryPlanLocally(
  spec: RolloutSpec,
  bounds: RolloutBounds,
  accounts: readonly string[] = [],
): Promise<LocalReading> {
  try {
    const fleet = await readFleetLocally(spec, AbortSignal.timeout(PATIENCE));
    if (accounts.length > 0 && !fleet.some(({ account }) => accounts.includes(account))) {
      return { ok: false, why: `the credentials here see no instance of account ${accounts.join(', ')}` };
    }
    return { ok: true, plan: requirePlan(spec, fleet, bounds) };
  } catch (error) {
    if (error instanceof CliError && error.type === 'PlanRefused') throw error;
    return { ok: false, why: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

/**
 * Makes the plan on this machine, with the AWS credentials of this process: the same reading of the fleet and the same
 * decisions as in the workflow. Changes nothing.
 *
 * @throws CliError `RegionUnreadable` or `RegionUnanswered`, naming every region that can't be read; `PlanRefused`
 */
export async function planLocally(spec: RolloutSpec, bounds: RolloutBounds): Promise<Plan> {
  return requirePlan(spec, await readFleetLocally(spec), bounds);
}

/** @throws CliError `PlanRefused` */
function requirePlan(spec: RolloutSpec, fleet: readonly FleetInstance[], bounds: RolloutBounds): Plan {
  const planning = planRollout(spec, fleet, bounds);
  if (planning.ok) return planning.plan;
  throw new CliError('PlanRefused', planning.message);
}

async function readFleetLocally(spec: RolloutSpec, signal?: AbortSignal): Promise<readonly FleetInstance[]> {
  const { regions, include, exclude } = spec.targets;
  const { instances, unread } = await readRegions(
    regions,
    { include, exclude },
    { includeHealthStatus: readsStatusBefore(spec), ...(signal !== undefined && { signal }) },
  );
  if (unread.length > 0) throw regionsUnreadable(unread, 'A plan is never made over a part of the fleet.');
  return instances;
}
