import {
  classifyError,
  createSdkLightsail,
  describeProblem,
  type Lightsail,
  type LightsailProblem,
  readFleet,
  retryThrottledCalls,
} from '../lightsail/index.js';
import type { FleetInstance } from '../rollout/instance.js';
import type { Plan } from '../rollout/plan.js';
import { planRollout } from '../rollout/planner.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { CliError } from './errors.js';

/** Readings of one region, before a fault that may pass counts. */
const ATTEMPTS = 3;

export interface LocalPlan {
  readonly plan: Plan;
  readonly fleet: readonly FleetInstance[];
}

/**
 * Makes the plan on this machine, with the AWS credentials of this process: the same reading of the fleet and the same
 * decisions as in the workflow. Changes nothing.
 *
 * @throws CliError `RegionUnreadable` or `RegionUnanswered`, naming every region that can't be read; `PlanRefused`
 */
export async function planLocally(spec: RolloutSpec, signal?: AbortSignal): Promise<LocalPlan> {
  const { lightsail, close } = createSdkLightsail();
  try {
    const { regions, include, exclude } = spec.targets;
    const readings = await Promise.allSettled(
      regions.map((region) => readRegion(lightsail({ region }), region, { include, exclude }, signal)),
    );
    const problems = readings.flatMap((reading, index) =>
      reading.status === 'rejected' ? [{ region: regions[index] ?? '', problem: classifyError(reading.reason) }] : [],
    );
    if (problems.length > 0) throw regionsUnreadable(problems);
    const fleet = readings.flatMap((reading) => (reading.status === 'fulfilled' ? reading.value : []));
    const planning = planRollout(spec, fleet);
    if (!planning.ok) throw new CliError('PlanRefused', planning.message);
    return { plan: planning.plan, fleet };
  } finally {
    close();
  }
}

async function readRegion(
  lightsail: Lightsail,
  region: string,
  selection: Parameters<typeof readFleet>[2],
  signal: AbortSignal | undefined,
): Promise<FleetInstance[]> {
  const api = retryThrottledCalls(lightsail, signal === undefined ? {} : { signal });
  const call = signal === undefined ? {} : { abortSignal: signal };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readFleet(api, region, selection, call);
    } catch (error) {
      const mayPass = classifyError(error).kind === 'transient' && signal?.aborted !== true;
      if (!mayPass || attempt === ATTEMPTS) throw error;
    }
  }
}

function regionsUnreadable(problems: readonly { region: string; problem: LightsailProblem }[]): CliError {
  const lines = problems.map(({ region, problem }) => `${region} can't be read: ${describeProblem(problem)}`);
  const passing = problems.every(({ problem }) => problem.kind === 'transient');
  const remedy = passing
    ? 'Try again; with a proxy or AWS_ENDPOINT_URL_LIGHTSAIL set, check those.'
    : 'Check the credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID, …) and that they allow lightsail:GetInstances there, or take the region out of targets.regions.';
  return new CliError(
    passing ? 'RegionUnanswered' : 'RegionUnreadable',
    [...lines, `A plan is never made over a part of the fleet. ${remedy}`].join('\n'),
  );
}
