import type { Command } from 'commander';
import { addJsonFlag, exampleText, type JsonFlag, oneOf } from '../flags.js';
import { parseHopLimit } from './option-flags.js';
import { parseRegions } from './reach-flags.js';

export interface InitFlags extends JsonFlag {
  readonly name?: string;
  readonly regions?: readonly string[] | 'all';
  readonly httpTokens: 'optional' | 'required';
  readonly hopLimit?: number;
  /** Undefined: on a terminal. */
  readonly look?: boolean;
  readonly force?: boolean;
}

const JSON_SHAPE = `{ "path": a file, or null with -,
  "spec": { "name", "options", "targets", "stages", "failure" } }`;

export function addInit(program: Command): void {
  const command = program
    .command('init')
    .summary('write a commented spec to begin with')
    .description(
      'write a short spec, with each field explained; asks on a terminal for what no flag says, and looks there where your AWS credentials see instances; reads only',
    )
    .argument('[file]', 'where to; - for standard output', 'rollout.yaml')
    .option('--name <name>', 'name of the rollout and of its workflow')
    .option(
      '--regions <names>',
      'us-east-1,eu-west-1, or all (default: those with instances, AWS_REGION, or all)',
      parseRegions,
    )
    .addOption(oneOf('--http-tokens <value>', 'wanted', ['optional', 'required']).default('required'))
    .option('--hop-limit <count>', 'wanted, from 1 to 64: 2 where containers need the service', parseHopLimit)
    .option('--look', 'look for regions with instances, without a terminal too')
    .option('--no-look', 'reach nothing')
    .option('--force', 'replace a file that is there');
  addJsonFlag(command)
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout init',
          'imds-rollout init --look',
          'imds-rollout init prod.yaml --name prod-imdsv2 --regions us-east-1',
        ],
        JSON_SHAPE,
      ),
    )
    .action(async (path: string, flags: InitFlags) => {
      const { initSpec } = await import('../init-spec.js');
      await initSpec(path, flags);
    });
}
