import { Command, InvalidArgumentError, Option } from 'commander';
import { type Load, ROWS, type RowName } from './rows.js';

export interface Flags {
  readonly row: RowName;
  readonly instances?: number;
  readonly rounds: number;
  readonly actions?: true;
  readonly bake: number;
  readonly json?: string;
}

export const command = new Command('bench')
  .description(
    'a rollout beside a plain script that does the same, on the same simulator, in turn; medians with least and most',
  )
  .addOption(
    new Option('--row <name>', 'which row of docs/performance.md').choices(Object.keys(ROWS)).default('users' as const),
  )
  .option('--instances <n>', 'another number of them', count)
  .option('--rounds <n>', 'of each', count, 3)
  .option('--actions', 'instead: what Temporal Cloud bills as actions, of 40, 200 and 1,000 instances')
  .option('--bake <seconds>', 'with --actions: of each bake but the last, which is six times as long', count, 60)
  .option('--json <file>', 'write the figures there');

export function toLoad({ row, instances }: Flags): Load {
  return { ...ROWS[row], ...(instances !== undefined && { instances }) };
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999,999.');
  return Number(text);
}
