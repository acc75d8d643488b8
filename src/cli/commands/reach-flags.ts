import { type Command, InvalidArgumentError } from 'commander';
import { ACCOUNT_ID, REGION_NAME } from '../../rollout/scope.js';

/** Where a command looks, over what a spec says. */
export interface ReachFlags {
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[] | 'all';
}

export function addReachFlags(command: Command): Command {
  return command
    .option(
      '--accounts <ids>',
      "by the roles of --config (default: the spec's, or your credentials' own)",
      parseAccounts,
    )
    .option(
      '--regions <names>',
      'us-east-1,eu-west-1, or all (default: those of the spec, or AWS_REGION)',
      parseRegions,
    );
}

/** @example parseRegions('us-east-1,eu-west-1') // ['us-east-1', 'eu-west-1'] */
export function parseRegions(text: string): string[] | 'all' {
  if (text === 'all') return 'all';
  const regions = text.split(',').map((region) => region.trim());
  if (regions.some((region) => !REGION_NAME.test(region))) {
    throw new InvalidArgumentError('It must be regions such as us-east-1, with commas between them, or all.');
  }
  return [...new Set(regions)];
}

function parseAccounts(text: string): string[] {
  const accounts = text.split(',').map((account) => account.trim());
  if (accounts.every((account) => ACCOUNT_ID.test(account))) return [...new Set(accounts)];
  throw new InvalidArgumentError('It must be account IDs of 12 digits, with commas between them.');
}
