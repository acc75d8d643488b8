import { formatStageSize } from '../rollout/size.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { SpecJson } from './json/spec.js';

/** A checked spec in short, as `validate --json` prints it. */
export function describeSpec({ name, options, targets, stages, concurrency }: RolloutSpec): SpecJson {
  return {
    name,
    options,
    ...(targets.accounts !== undefined && { accounts: targets.accounts }),
    regions: targets.regions,
    stages: stages.map((stage) => ({
      name: stage.name,
      size: formatStageSize(stage.size),
      bakeMs: stage.bake,
      concurrency: stage.concurrency ?? concurrency.total,
    })),
  };
}
