import { type Command, InvalidArgumentError, Option } from 'commander';
import { addJsonFlag, exampleText, type JsonFlag } from '../flags.js';
import type { SetExitCode } from '../program.js';

export const FAIL_ON = ['noncompliant', 'unknown', 'none'] as const;

export interface AuditFlags extends JsonFlag {
  readonly regions?: readonly string[];
  readonly httpTokens?: 'optional' | 'required';
  readonly httpEndpoint?: 'enabled' | 'disabled';
  readonly hopLimit?: number;
  readonly format: 'table' | 'csv';
  readonly failOn: (typeof FAIL_ON)[number];
  readonly baseline?: string;
  readonly output?: string;
}

const JSON_SHAPE = `{ "at", "policy", "regions", "unread": [{ "region", "why" }],
  "counts": { "noncompliant", "unknown", "exempt", "compliant" },
  "instances": [{ "account", "region", "name", "arn", "state", "blueprint", "createdAt", "options", "posture", "why" }],
  "worse": [{ "arn", "before", "now" }], with --baseline }`;

export function addAudit(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('audit')
    .summary('show how every instance stands; reads only')
    .description(
      'show the metadata options of every instance, and which of them fall short; reads with your AWS credentials, changes nothing and needs no Temporal server',
    )
    .argument('[spec]', 'hold the instances of this spec against its options, overrides and exceptions')
    .option('--regions <names>', 'us-east-1,eu-west-1 (default: those of the spec, or AWS_REGION)', parseRegions)
    .addOption(new Option('--http-tokens <value>', 'wanted (default: required)').choices(['optional', 'required']))
    .addOption(new Option('--http-endpoint <value>', 'wanted').choices(['enabled', 'disabled']))
    .option('--hop-limit <count>', 'wanted, from 1 to 64', parseHopLimit)
    .addOption(new Option('--format <format>', 'how it is shown').choices(['table', 'csv']).default('table'))
    .addOption(
      new Option('--fail-on <posture>', 'exit code 4 where an instance is so; unknown takes in noncompliant')
        .choices(FAIL_ON)
        .default('none'),
    )
    .option('--baseline <file>', 'an earlier audit (--json): only what has become worse since fails')
    .option('-o, --output <file>', 'write it there: JSON, or CSV with --format csv');
  addJsonFlag(command)
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout audit --regions us-east-1,eu-west-1',
          'imds-rollout audit rollout.yaml --fail-on noncompliant',
          'imds-rollout audit --regions us-east-1 --fail-on unknown --baseline last-week.json',
        ],
        JSON_SHAPE,
      ),
    )
    .action(async (path: string | undefined, flags: AuditFlags) => {
      const { showAudit } = await import('../show-audit.js');
      setExitCode(await showAudit(path, flags));
    });
}

/** @example parseRegions('us-east-1,eu-west-1') // ['us-east-1', 'eu-west-1'] */
export function parseRegions(text: string): string[] {
  const regions = text.split(',').map((region) => region.trim());
  if (regions.some((region) => !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))) {
    throw new InvalidArgumentError('It must be regions such as us-east-1, with commas between them.');
  }
  return [...new Set(regions)];
}

function parseHopLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,2}$/.test(text) && limit >= 1 && limit <= 64) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 to 64.');
}
