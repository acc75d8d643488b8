import type { RolloutBounds } from './bounds.js';
import type { FleetInstance } from './instance.js';
import type { PlannedStage, SettledInstance } from './plan.js';
import { targetNames } from './target.js';

type Named = Pick<FleetInstance, 'arn' | 'name'>;

/** Names in `only` that select nothing of the fleet. */
export function idleNames({ only = [] }: RolloutBounds, fleet: readonly Named[]): string[] {
  const known = new Set(only.length === 0 ? [] : fleet.flatMap(targetNames));
  return only.filter((name) => !known.has(name));
}

/** Tells whether an instance is one of those that the start is for. */
export function withinOnly({ only }: RolloutBounds): (instance: Named) => boolean {
  if (only === undefined) return () => true;
  // A set: `only` may name thousands, as a retry over what has failed does.
  const wanted = new Set(only);
  return (instance) => targetNames(instance).some((name) => wanted.has(name));
}

/** Takes out what comes after the last stage that is started, and what is beyond the limit. */
export function cutStages(
  stages: readonly PlannedStage[],
  { until, limit = Number.POSITIVE_INFINITY }: RolloutBounds,
): { readonly stages: readonly PlannedStage[]; readonly leftOut: readonly SettledInstance[] } {
  const last = until === undefined ? stages.length - 1 : stages.findIndex(({ name }) => name === until);
  const leftOut: SettledInstance[] = [];
  let room = limit;
  const kept = stages.map((stage, index) => {
    const targets = index > last ? [] : stage.targets.slice(0, room);
    const detail = index > last ? `stage ${stage.name} comes after ${until}` : `beyond the limit of ${limit}`;
    for (const target of stage.targets.slice(targets.length)) leftOut.push(leaveOut(target, detail));
    room -= targets.length;
    return { ...stage, targets };
  });
  return { stages: kept, leftOut };
}

export function leaveOut({ arn, name }: Named, detail: string): SettledInstance {
  return { arn, name, outcome: { kind: 'skipped', reason: 'left-out' }, detail };
}
