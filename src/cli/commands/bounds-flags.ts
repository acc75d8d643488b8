import { type Command, InvalidArgumentError } from 'commander';
import type { RolloutBounds } from '../../rollout/bounds.js';

export interface BoundsFlags {
  readonly only?: string[];
  readonly limit?: number;
  readonly until?: string;
}

/** A part of the plan instead of all of it. */
export function addBoundsFlags(command: Command): Command {
  return command
    .option('--only <names>', 'only these instances: web-1,eu-west-1/web-2', parseNames)
    .option('--limit <count>', 'at most so many instances', parseCount)
    .option('--until <stage>', 'the last stage that is started');
}

export function readBounds({ only, limit, until }: BoundsFlags): RolloutBounds {
  return {
    ...(only !== undefined && { only }),
    ...(limit !== undefined && { limit }),
    ...(until !== undefined && { until }),
  };
}

export function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names with commas between them.');
  return names;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}
