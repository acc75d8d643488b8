import { ApplicationFailure, sleep } from '@temporalio/workflow';
import { parseBounds, type RolloutBounds } from '../rollout/bounds.js';
import { wellFormed } from '../rollout/clean.js';
import { checksByArn } from '../rollout/health.js';
import type { Ledger } from '../rollout/ledger.js';
import { cutReason } from '../rollout/outcome.js';
import { passOver } from '../rollout/pass-over.js';
import { countTargets, NO_PLAN, type Plan } from '../rollout/plan.js';
import { planRollout } from '../rollout/planner.js';
import { describeUnused } from '../rollout/reach.js';
import { scopesOf } from '../rollout/scope.js';
import { parseSpec, type RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { coverageOf } from '../rollout/verify.js';
import { controlActivities, throwingItsCause } from './activity-options.js';
import { isoTime, now, today } from './clock.js';
import { discoverFleet, type Fleet } from './discover.js';
import { EvidenceBook, readUnlessStopped } from './evidence.js';
import { planningGate } from './key-watch.js';
import { type Leases, type LeaseWait, SCOPE_BUSY } from './lease.js';
import { remember } from './memo.js';
import { refusedInput } from './refused-input.js';
import type { RunState } from './run-state.js';
import { isScheduled } from './scheduled.js';

/** @throws ApplicationFailure of type `InvalidRolloutSpec`, with the problems as its details */
export function acceptSpec(input: unknown): RolloutSpec {
  const check = parseSpec(input, today());
  if (check.ok) return check.spec;
  throw refusedInput(SPEC, check.problems);
}

/** @throws ApplicationFailure of type `InvalidRolloutSpec`, with the problems as its details */
export function acceptBounds(input: unknown, spec: RolloutSpec): RolloutBounds {
  const check = parseBounds(input, spec);
  if (check.ok) return check.bounds;
  throw refusedInput(SPEC, check.problems);
}

const SPEC = {
  what: 'The rollout spec',
  type: 'InvalidRolloutSpec',
  remedy: 'Correct the spec, then start again.',
} as const;

/**
 * Asks a worker whether its configuration allows what the spec names.
 *
 * @throws ApplicationFailure of type `InvalidRolloutSpec`
 */
export async function askWorker({ health, notify }: RolloutSpec): Promise<void> {
  if (health.checks.every(({ kind }) => kind === 'status') && notify.activity === undefined) return;
  const { lightsailImdsCheckSpec } = controlActivities('whether the worker allows what the spec names');
  await throwingItsCause(lightsailImdsCheckSpec({ health, notify }));
}

export interface Prepared {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly evidence: EvidenceBook;
}

/** A plan that took longer than this, in milliseconds, may be out of date by the time its leases are taken. */
const QUICK_PLAN = 5_000;

/**
 * Plans, and takes the lease of every account and region that the plan changes.
 *
 * Where another rollout had to be waited for, or where the plan took long, it is made anew under the leases: what
 * another rollout has changed meanwhile, or taken back, isn't in the first.
 *
 * A run that a schedule has started changes nothing where the leases can't be had, and says so.
 *
 * @throws ApplicationFailure of type `PlanFailed` or `ScopeBusy`
 */
export async function prepare(
  state: RunState,
  spec: RolloutSpec,
  bounds: RolloutBounds,
  leases: Leases,
): Promise<Prepared> {
  const { include, exclude } = spec.targets;
  const wait = leaseWait(state, spec.busy.wait);
  const gate = planningGate(state);
  const evidence = new EvidenceBook(spec);
  for (;;) {
    const since = now();
    const fleet = await discoverFleet(state, spec, { include, exclude }, gate);
    const isRead = fleet !== undefined && (await readUnlessStopped(state, evidence, spec, fleet, bounds, gate));
    if (!isRead) return abandonPlan(state, spec, evidence);
    const plan = makePlan(spec, fleet, bounds, evidence.readings);
    state.checks = checksByArn(spec, fleet.instances);
    const prepared = { plan, ledger: state.begin(plan, spec), evidence };
    remember({ spec: spec.name, planHash: plan.hash });
    const changes = countTargets(plan);
    state.note(changes === 0 ? 'nothing needs a change' : `planned ${countOf(changes, 'change')}`);
    if (changes === 0) state.coverage = coverageOf(plan, fleet.instances);
    const scopes = scopesOf(plan.stages.flatMap(({ targets }) => targets.map(({ arn }) => arn)));
    if (leases.covers(scopes)) return prepared;
    const taken = await leases.take(scopes, wait).catch((error: unknown) => ({ busy: passedOverFor(error) }));
    state.wait(null);
    if ('busy' in taken) return passRunOver(state, spec, { plan, fleet, evidence, busy: taken.busy });
    state.enter('planning');
    if (state.stop !== undefined || (!taken.waited && now() - since < QUICK_PLAN)) return prepared;
  }
}

/**
 * A schedule comes again, so one of its runs that meets another rollout is no failure, which might pause the schedule.
 *
 * @returns who is in the way
 * @throws what stands for any other end
 */
function passedOverFor(error: unknown): string {
  if (error instanceof ApplicationFailure && error.type === SCOPE_BUSY && isScheduled()) return error.message;
  throw error;
}

function passRunOver(
  state: RunState,
  spec: RolloutSpec,
  met: { readonly plan: Plan; readonly fleet: Fleet; readonly evidence: EvidenceBook; readonly busy: string },
): Prepared {
  const plan = passOver(met.plan, met.busy);
  const ledger = state.begin(plan, spec);
  state.coverage = coverageOf(plan, met.fleet.instances);
  state.note('passed over, for the next run of the schedule', { reason: cutReason(met.busy) });
  return { plan, ledger, evidence: met.evidence };
}

/** An abort came before there was a plan. */
async function abandonPlan(state: RunState, spec: RolloutSpec, evidence: EvidenceBook): Promise<Prepared> {
  // The server drops a task that closes the run while an event comes in, and with it an Update that the task has taken:
  // so the run is closed in a later task than the one that takes the abort.
  await sleep(1, { summary: 'lets the abort be answered' });
  return { plan: NO_PLAN, ledger: state.begin(NO_PLAN, spec), evidence };
}

/** @throws ApplicationFailure of type `PlanFailed`, also where another plan was expected */
export function makePlan(
  spec: RolloutSpec,
  { instances, unused, idleExclude }: Fleet,
  bounds: RolloutBounds,
  readings: EvidenceBook['readings'],
): Plan {
  const planning = planRollout(spec, instances, bounds, readings, idleExclude);
  if (!planning.ok) throw ApplicationFailure.nonRetryable(wellFormed(planning.message), 'PlanFailed');
  const plan = { ...planning.plan, warnings: [...describeUnused(unused), ...planning.plan.warnings] };
  const { planHash = plan.hash } = bounds;
  if (plan.hash === planHash) return plan;
  throw ApplicationFailure.nonRetryable(
    `The plan is ${plan.hash} now, and ${planHash} was asked for: the fleet or the spec has changed since. Nothing was changed. Look at a new plan, and start that one.`,
    'PlanFailed',
  );
}

/** @param patience - milliseconds */
export function leaseWait(state: RunState, patience: number): LeaseWait {
  const since = now();
  const until = since + patience;
  return {
    patience,
    until,
    onBusy: (reason) => {
      state.enter('waiting');
      state.wait({ for: 'lease', since: isoTime(since), until: isoTime(until), reason });
    },
    isStopped: () => state.stop !== undefined,
  };
}
