import { passesByItself } from '../lightsail/index.js';
import { parseBounds, type RolloutBounds } from '../rollout/bounds.js';
import { readsStatusBefore } from '../rollout/health.js';
import type { Plan } from '../rollout/plan.js';
import { instancesToWeigh, planRollout } from '../rollout/planner.js';
import { describeUnused } from '../rollout/reach.js';
import { describeProblems, type RolloutSpec } from '../rollout/spec.js';
import { CliError } from './errors.js';
import { type FleetReading, openAws, readReach, regionsUnreadable } from './read-fleet.js';
import { describeUnreadUsage, MANY_READINGS, readUsage, type UsageReading } from './read-usage.js';

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

/** The worker makes its own in any case, so nobody waits longer for it; in milliseconds, for the fleet and for its usage. */
const PATIENCE = { fleet: 20_000, usage: 60_000 } as const;

export interface LocalPlanOptions {
  /** The file of a worker's configuration, which has the roles of other accounts. */
  readonly config?: string | undefined;
  /** Tells what takes long. */
  readonly note?: (line: string) => void;
}

/**
 * @param options - `accounts`: where the instances are, if that is known: another account's plan says nothing of them
 * @throws CliError `PlanRefused`
 */
export async function tryPlanLocally(
  spec: RolloutSpec,
  bounds: RolloutBounds,
  { accounts = [], ...options }: LocalPlanOptions & { readonly accounts?: readonly string[] } = {},
): Promise<LocalReading> {
  try {
    const reading = await readLocally(spec, bounds, options, PATIENCE);
    if (accounts.length > 0 && !reading.instances.some(({ account }) => accounts.includes(account))) {
      return { ok: false, why: `the credentials here see no instance of account ${accounts.join(', ')}` };
    }
    return { ok: true, plan: requirePlan(spec, reading, bounds) };
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
export async function planLocally(spec: RolloutSpec, bounds: RolloutBounds, options: LocalPlanOptions): Promise<Plan> {
  return requirePlan(spec, await readLocally(spec, bounds, options), bounds);
}

type Reading = FleetReading & Pick<UsageReading, 'readings'>;

/** @throws CliError `PlanRefused` */
function requirePlan(
  spec: RolloutSpec,
  { instances, unused, idleExclude, readings }: Reading,
  bounds: RolloutBounds,
): Plan {
  const planning = planRollout(spec, instances, bounds, readings, idleExclude);
  if (planning.ok) return { ...planning.plan, warnings: [...describeUnused(unused), ...planning.plan.warnings] };
  throw new CliError('PlanRefused', planning.message);
}

/** @param patience - milliseconds; left out, it takes as long as it takes */
async function readLocally(
  spec: RolloutSpec,
  bounds: RolloutBounds,
  { config, note }: LocalPlanOptions,
  patience?: { readonly fleet: number; readonly usage: number },
): Promise<Reading> {
  const { include, exclude } = spec.targets;
  const within = (ms: number | undefined) => (ms === undefined ? {} : { signal: AbortSignal.timeout(ms) });
  const { lightsail, close } = await openAws({ config });
  try {
    const fleet = await readReach(
      lightsail,
      spec.targets,
      { include, exclude },
      { includeHealthStatus: readsStatusBefore(spec), ...within(patience?.fleet) },
    );
    if (fleet.unread.length > 0)
      throw regionsUnreadable(fleet.unread, 'A plan is never made over a part of the fleet.');
    const wanted = instancesToWeigh(spec, fleet.instances, bounds);
    if (spec.evidence === 'off' || wanted.length === 0) return { ...fleet, readings: new Map() };
    if (wanted.length > MANY_READINGS) note?.(`Reads the usage of ${wanted.length} instances, a few a second.`);
    const { lookback } = spec.evidence;
    const usage = await readUsage(lightsail, wanted, spec.targets, { lookback, ...within(patience?.usage) });
    if (usage.unread.length > 0) throw evidenceUnreadable(usage.unread);
    return { ...fleet, readings: usage.readings };
  } finally {
    close();
  }
}

function evidenceUnreadable(unread: UsageReading['unread']): CliError {
  const passing = unread.every(({ problem }) => passesByItself(problem));
  const remedy = passing ? 'Try again.' : 'Allow lightsail:GetInstanceMetricData there, or do without (evidence: off).';
  return new CliError(
    passing ? 'RegionUnanswered' : 'RegionUnreadable',
    [...unread.map(describeUnreadUsage), `Nobody knows which hosts would break, so there is no plan. ${remedy}`].join(
      '\n',
    ),
  );
}
