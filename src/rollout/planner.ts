import { listNames, type RolloutBounds } from './bounds.js';
import { findUncovered } from './canary.js';
import { describeFailing, takesEvidence, type UseReading, weighEvidence } from './evidence.js';
import { checksByArn, type HealthCheck } from './health.js';
import { type FleetInstance, hasOptedOut } from './instance.js';
import { settleListings } from './listing.js';
import {
  fieldsOf,
  isCompliant,
  knowsEnough,
  type MetadataOptions,
  mergeOptions,
  OPTION_FIELDS,
  pickOptions,
} from './options.js';
import { describeOutcome } from './outcome.js';
import { countTargets, hashOf, hashPlan, type Plan, type PlannedStage, type SettledInstance } from './plan.js';
import { cutStages, idleNames, leaveOut, withinOnly } from './plan-bounds.js';
import { warningsOf } from './plan-warnings.js';
import { byCodeUnit } from './scope.js';
import { matchesSelector } from './selector.js';
import { shareOf } from './size.js';
import type { RolloutSpec, StageSpec } from './spec.js';
import { groupBy, spreadOver } from './spread.js';
import type { Target } from './target.js';

/** The documented limit of one rollout: beyond it the history of the parent would come near the server's own. */
export const MAX_TARGETS = 20_000;

export type Planning = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly message: string };

/**
 * Freezes a plan: sorts the selected instances into those that are settled and those that need a change, and deals
 * the latter out to the stages.
 *
 * @param fleet - every instance of the selection, opted-out ones included; the order doesn't matter
 * @param bounds - the part of the plan that is to be carried out; default: all of it
 * @param readings - by ARN, of the instances that {@link instancesToWeigh} names; without one, its use is unknown
 * @param idleExclude - the words of `targets.exclude` that match nothing in the accounts and regions, of which `fleet` says nothing
 */
export function planRollout(
  spec: RolloutSpec,
  fleet: readonly FleetInstance[],
  bounds: RolloutBounds = {},
  readings: ReadonlyMap<string, UseReading> = new Map(),
  idleExclude: readonly string[] = [],
): Planning {
  return planOver(spec, settleListings(fleet, spec.targets.accounts !== undefined), bounds, readings, idleExclude);
}

function planOver(
  spec: RolloutSpec,
  fleet: readonly FleetInstance[],
  bounds: RolloutBounds,
  readings: ReadonlyMap<string, UseReading>,
  idleExclude: readonly string[],
): Planning {
  const idle = spec.stages.find((stage) => stage.match && !fleet.some((instance) => stageMatches(stage, instance)));
  if (idle !== undefined && fleet.length > 0) {
    return refuse(`The match of stage "${idle.name}" selects no instance of the fleet: mend it or take the stage out.`);
  }
  const strangers = idleNames(bounds, fleet);
  if (strangers.length > 0) return refuse(describeStrangers(strangers));
  const { settled, pending, checks } = sortOut(spec, fleet, bounds);
  const weighed = weigh(spec, pending, readings);
  if (weighed.failing.length > 0) return refuse(`${describeFailing(weighed.failing)} Nothing was changed.`);
  for (const { instance, detail } of weighed.blocked) {
    const { arn, name } = instance;
    settled.push({ arn, name, outcome: { kind: 'blocked', reason: 'evidence' }, detail });
  }
  const assigned = assignStages(spec, weighed.clear);
  const { stages, leftOut } = cutStages(assigned, bounds);
  const count = countTargets({ stages });
  if (count > MAX_TARGETS) {
    return refuse(
      `${count} instances need a change, and one rollout takes at most ${MAX_TARGETS}: split the spec by region or by tag, or start a part of it (limit).`,
    );
  }
  settled.push(...leftOut);
  const planned = new Set(stages.flatMap(({ targets }) => targets.map(({ arn }) => arn)));
  const isPlanned = ({ arn }: Pick<Target, 'arn'>) => planned.has(arn);
  const unproven = weighed.unproven.filter(isPlanned);
  const specHash = hashOf(spec);
  return {
    ok: true,
    plan: {
      stages,
      settled,
      allowed: weighed.allowed.filter(isPlanned),
      uncovered: findUncovered(spec.spread, stages, fleet),
      warnings: warningsOf(spec, { fleet, assigned, stages, checks, unproven, idleExclude }),
      specHash,
      hash: hashPlan({
        specHash,
        stages,
        settled: settled.map((each) => ({ ...each, outcome: describeOutcome(each.outcome) })),
      }),
    },
  };
}

/**
 * The instances whose use of the metadata service the plan has to know: those that nothing else settles, and whose
 * tokens would become required.
 */
export function instancesToWeigh(
  spec: RolloutSpec,
  fleet: readonly FleetInstance[],
  bounds: RolloutBounds,
): FleetInstance[] {
  if (spec.evidence === 'off') return [];
  const listed = settleListings(fleet, spec.targets.accounts !== undefined);
  return sortOut(spec, listed, bounds).pending.filter((one) => isWeighed(spec, one));
}

function isWeighed(spec: RolloutSpec, instance: FleetInstance): boolean {
  return takesEvidence(spec, {
    before: pickOptions(instance.options, OPTION_FIELDS),
    desired: askedOptions(spec, instance),
  });
}

function weigh(spec: RolloutSpec, pending: readonly FleetInstance[], readings: ReadonlyMap<string, UseReading>) {
  const { evidence } = spec;
  if (evidence === 'off') return { clear: pending, allowed: [], unproven: [], blocked: [], failing: [] };
  const weighed = weighEvidence(
    evidence,
    pending.filter((instance) => isWeighed(spec, instance)),
    readings,
  );
  const held = new Set([...weighed.blocked, ...weighed.failing].map(({ instance }) => instance));
  return { ...weighed, clear: pending.filter((instance) => !held.has(instance)) };
}

/** The instances in the order of their ARNs: what is known without asking anything more, and what needs a change. */
function sortOut(spec: RolloutSpec, fleet: readonly FleetInstance[], bounds: RolloutBounds) {
  const isWithin = withinOnly(bounds);
  const checks = checksByArn(spec, fleet);
  const settled: SettledInstance[] = [];
  const pending: FleetInstance[] = [];
  for (const instance of fleet.toSorted((a, b) => byCodeUnit(a.arn, b.arn))) {
    const outcome = settle(spec, instance, checks.get(instance.arn));
    if (outcome !== undefined) settled.push(outcome);
    else if (isWithin(instance)) pending.push(instance);
    else settled.push(leaveOut(instance, 'not among those named in only'));
  }
  return { settled, pending, checks };
}

function describeStrangers(names: readonly string[]): string {
  const list = listNames(names.map((name) => `"${name}"`));
  return `${list} ${names.length === 1 ? 'is no instance' : 'are no instances'} of the selection: mend what "only" names (a name, region/name or account/region/name), or widen targets.`;
}

function refuse(message: string): Planning {
  return { ok: false, message };
}

/** What `instance` is asked for: the spec's options with the first matching override merged over them. */
export function askedOptions(
  spec: Pick<RolloutSpec, 'options' | 'overrides'>,
  instance: FleetInstance,
): MetadataOptions {
  const override = spec.overrides.find(({ match }) => matchesSelector(match, instance));
  return override === undefined ? spec.options : mergeOptions(spec.options, override.options);
}

/** What is known of an instance without touching it; undefined where it needs a change. */
function settle(
  spec: RolloutSpec,
  instance: FleetInstance,
  checks: readonly HealthCheck[] | undefined,
): SettledInstance | undefined {
  const { arn, name, outOfScope } = instance;
  if (outOfScope !== undefined) {
    return { arn, name, outcome: { kind: 'blocked', reason: 'out-of-scope' }, detail: outOfScope };
  }
  if (hasOptedOut(instance)) return { arn, name, outcome: { kind: 'skipped', reason: 'opted-out' } };
  const asked = askedOptions(spec, instance);
  if (!knowsEnough(instance.options, asked) || instance.optionsState === undefined) {
    return { arn, name, outcome: { kind: 'blocked', reason: 'unknown-options' } };
  }
  const isApplied = instance.optionsState === 'applied';
  if (isApplied && isCompliant(instance.options, asked)) return { arn, name, outcome: { kind: 'compliant' } };
  const waiver = spec.exceptions.find(({ names }) => matchesSelector({ names }, instance));
  if (waiver !== undefined) {
    const detail = [waiver.reason, waiver.owner && `owner ${waiver.owner}`, waiver.until && `until ${waiver.until}`]
      .filter(Boolean)
      .join(', ');
    return { arn, name, outcome: { kind: 'blocked', reason: 'waived' }, detail };
  }
  if (isStopped(instance) && spec.targets.stopped === 'skip') {
    return { arn, name, outcome: { kind: 'skipped', reason: 'stopped' } };
  }
  const { impaired } = instance;
  const isUnhealthy = instance.state === 'running' && checks?.some(({ kind }) => kind === 'status');
  if (impaired !== undefined && isUnhealthy && spec.health.requireHealthyBefore) {
    return { arn, name, outcome: { kind: 'blocked', reason: 'unhealthy' }, detail: impaired };
  }
  return undefined;
}

function isStopped(instance: FleetInstance): boolean {
  return instance.state === 'stopped' || instance.state === 'stopping';
}

function stageMatches(stage: StageSpec, instance: FleetInstance): boolean {
  return stage.match === undefined || matchesSelector(stage.match, instance);
}

/** Deals the instances that need a change to the stages, in the order of `spread`. */
function assignStages(spec: RolloutSpec, pending: readonly FleetInstance[]): PlannedStage[] {
  let left = spreadOver(pending, spec.spread);
  return spec.stages.map((stage): PlannedStage => {
    const taken = takeForStage(spec, stage, left, pending.length);
    const gone = new Set(taken.map((instance) => instance.arn));
    left = left.filter((instance) => !gone.has(instance.arn));
    return {
      name: stage.name,
      bake: stage.bake,
      concurrency: stage.concurrency ?? spec.concurrency.total,
      ...(stage.approval !== undefined && { approval: stage.approval }),
      targets: taken.map((instance) => toTarget(spec, instance)),
    };
  });
}

function takeForStage(
  spec: RolloutSpec,
  stage: StageSpec,
  left: readonly FleetInstance[],
  needing: number,
): readonly FleetInstance[] {
  const { size } = stage;
  if (size.kind === 'rest') return left;
  const waits = (instance: FleetInstance) => spec.targets.stopped === 'last' && isStopped(instance);
  const candidates = left.filter((instance) => !waits(instance) && stageMatches(stage, instance));
  switch (size.kind) {
    case 'count':
      return candidates.slice(0, size.count);
    case 'percent':
      return candidates.slice(0, Math.ceil(shareOf(needing, size.percent)));
    case 'per': {
      const chosen = new Set(
        [...groupBy(candidates, size.key).values()].flatMap((group) => group.slice(0, size.count)),
      );
      return candidates.filter((instance) => chosen.has(instance));
    }
    default:
      return size satisfies never;
  }
}

function toTarget(spec: RolloutSpec, instance: FleetInstance): Target {
  const desired = askedOptions(spec, instance);
  const before = pickOptions(instance.options, [...new Set(['httpTokens' as const, ...fieldsOf(desired)])]);
  return {
    arn: instance.arn,
    name: instance.name,
    before,
    desired,
    ...(isStopped(instance) && { stopped: true as const }),
  };
}
