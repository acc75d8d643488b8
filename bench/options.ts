import { Command, InvalidArgumentError, Option } from 'commander';
import type { Load, Range } from './fleet.js';

const REGIONS = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-south-1', 'ca-central-1'];

export interface Flags extends Omit<Load, 'regions' | 'careful' | 'compliant'> {
  readonly regions: number;
  readonly careful?: true;
  readonly compliant?: true;
  readonly rounds: number;
  readonly scaling?: true;
  readonly json?: string;
}

export const command = new Command('bench')
  .description(
    'a rollout beside a plain script that does the same, on the same simulator, in turn; medians with least and most',
  )
  .option('--instances <n>', 'of the fleet', count, 1_000)
  .addOption(new Option('--regions <n>', `that they stand in, at most ${REGIONS.length}`).argParser(count).default(5))
  .option('--concurrency <n>', 'instances in change at once', count, 50)
  .option('--pending <ms>', 'until an Update is applied; a range as 5000-15000', range, { min: 500, max: 500 })
  .option('--latency <ms>', 'of each call', range, { min: 20, max: 20 })
  .option('--poll <ms>', 'between two readings of an instance', count, 100)
  .option('--workers <n>', 'processes, one after the other started', count, 1)
  .option('--throttle <n>', 'calls a second that the service takes', count)
  .option('--pace <n>', 'calls a second that the worker makes of itself, as it does at AWS', count)
  .option('--careful', 'with evidence and health checks, as rollouts are by default')
  .option('--compliant', 'a fleet that is as wanted from the beginning')
  .option('--rounds <n>', 'of each', count, 3)
  .option('--scaling', 'instead: 10 to 10,000 instances by 1, 2 and 4 workers, as a table and a plot in Markdown')
  .option('--json <file>', 'write the figures there');

export function toLoad(flags: Flags): Load {
  const { instances, regions, concurrency, pending, latency, poll, workers, throttle, pace, careful, compliant } =
    flags;
  return {
    instances,
    regions: REGIONS.slice(0, regions),
    concurrency,
    pending,
    latency,
    poll,
    workers,
    ...(throttle !== undefined && { throttle }),
    ...(pace !== undefined && { pace }),
    careful: careful === true,
    compliant: compliant === true,
  };
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999,999.');
  return Number(text);
}

function range(text: string): Range {
  const [min, max = min] = text.split('-').map(count);
  if (min === undefined || max === undefined || max < min)
    throw new InvalidArgumentError('It must be as 500 or 5000-15000.');
  return { min, max };
}
