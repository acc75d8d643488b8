import { listNames } from './bounds.js';
import { idleAllowed } from './evidence.js';
import type { HealthCheck } from './health.js';
import type { FleetInstance } from './instance.js';
import { raisesTokens } from './options.js';
import type { PlannedStage } from './plan.js';
import { describeReach } from './reach.js';
import { describeIdle, idleParts } from './selector.js';
import type { RolloutSpec } from './spec.js';
import { bakeWarnings } from './spec-warnings.js';
import { countOf } from './status.js';
import { targetLabel } from './target.js';

export interface PlanInMaking {
  readonly fleet: readonly FleetInstance[];
  /** The stages before the bounds have cut them. */
  readonly assigned: readonly PlannedStage[];
  readonly stages: readonly PlannedStage[];
  /** By ARN. */
  readonly checks: ReadonlyMap<string, readonly HealthCheck[]>;
  /** Targets that go ahead though nobody knows whether they would break. */
  readonly unproven: readonly Pick<FleetInstance, 'arn' | 'name'>[];
  /** The words of `targets.exclude` that match nothing in the accounts and regions. */
  readonly idleExclude: readonly string[];
}

/** What a person should know of a plan before it is carried out. */
export function warningsOf(spec: RolloutSpec, plan: PlanInMaking): string[] {
  const { fleet, assigned, stages, checks, unproven, idleExclude } = plan;
  const targets = stages.flatMap((stage) => stage.targets);
  const warnings = unmatched(spec, fleet, idleExclude);
  const closing = targets.filter(
    ({ before, desired }) => desired.httpEndpoint === 'disabled' && before.httpEndpoint !== 'disabled',
  );
  if (closing.length > 0) {
    warnings.push(
      `The metadata endpoint goes to disabled on ${countOf(closing.length, 'instance')}: software there loses its credentials and user data.`,
    );
  }
  const raising = targets.filter(
    ({ arn, before, desired }) =>
      raisesTokens(before, desired) &&
      // Lightsail's own status says nothing of what runs on the instance.
      checks.get(arn)?.every(({ kind }) => kind === 'status') !== false,
  );
  if (raising.length > 0) {
    warnings.push(
      `Tokens become required on ${countOf(raising.length, 'instance')}, and no check of theirs can detect software that loses its credentials by it: give them an http or activity check, or watch your own monitoring during the bakes.`,
    );
  }
  if (targets.some(({ before, desired }) => raisesTokens(before, desired))) warnings.push(...bakeWarnings(spec));
  if (unproven.length > 0) {
    warnings.push(
      `Of ${countOf(unproven.length, 'instance')} there is no evidence, and evidence.onUnknown lets them go ahead: ${listNames(unproven.map(targetLabel))}.`,
    );
  }
  // A stage that the bounds have emptied has targets, which are left out by name.
  for (const stage of assigned) {
    if (stage.targets.length === 0 && targets.length > 0)
      warnings.push(`Stage "${stage.name}" has no targets and is passed over.`);
  }
  if (spec.failure.revert === 'none' && targets.length > 0) {
    warnings.push('failure.revert is none: instances that fail are left as they are.');
  }
  return warnings;
}

/** What is said about instances that aren't there is most likely a mistake. */
function unmatched(spec: RolloutSpec, fleet: readonly FleetInstance[], idleExclude: readonly string[]): string[] {
  if (fleet.length === 0) {
    const { include, exclude } = spec.targets;
    const chosen =
      include === undefined && exclude === undefined ? '' : ' that targets.include and targets.exclude select';
    return [
      `There is no instance${chosen} in ${describeReach(spec.targets)}: nothing is changed, and nothing is protected.`,
    ];
  }
  const { targets, overrides, exceptions, stages, health } = spec;
  const entries = [
    ...(targets.include === undefined ? [] : [{ place: 'targets.include', selector: targets.include }]),
    ...overrides.map(({ match }, index) => ({ place: `overrides[${index}]`, selector: match })),
    ...exceptions.map(({ names }, index) => ({ place: `exceptions[${index}]`, selector: { names } })),
    ...stages.map(({ name, match }) => ({ place: `The match of stage "${name}"`, selector: match })),
    ...health.checks.map(({ match }, index) => ({ place: `health.checks[${index}]`, selector: match })),
  ];
  const allowed = idleAllowed(spec, fleet).map((pattern) => `evidence.allow (${pattern}) matches no instance.`);
  return [
    ...describeIdle('targets.exclude', idleExclude),
    ...entries.flatMap(({ place, selector }) =>
      selector === undefined ? [] : describeIdle(place, idleParts(selector, fleet)),
    ),
    ...allowed,
  ];
}
