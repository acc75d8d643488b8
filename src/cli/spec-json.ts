import type { MetadataOptions } from '../rollout/options.js';
import { formatStageSize } from '../rollout/size.js';
import type { RolloutSpec } from '../rollout/spec.js';

/** A checked spec in short, as `validate --json` prints it. */
export interface SpecJson {
  readonly name: string;
  readonly options: MetadataOptions;
  /** Missing: the account of the worker, or of the credentials at hand. */
  readonly accounts?: readonly string[];
  readonly regions: readonly string[] | 'all';
  readonly stages: readonly {
    readonly name: string;
    readonly size: string;
    readonly bakeMs: number;
    readonly concurrency: number;
  }[];
}

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
