import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../rollout/duration.js';
import { MAX_LOOKBACK, MIN_LOOKBACK } from '../../rollout/evidence-bounds.js';
import type { SetExitCode } from '../exit-codes.js';
import { addConfigFlag, addJsonFlag, type ConfigFlag, exampleText, type JsonFlag, oneOf } from '../flags.js';
import { parseHopLimit } from './option-flags.js';
import { addReachFlags, type ReachFlags } from './reach-flags.js';

const FAIL_ON = ['noncompliant', 'unknown', 'none'] as const;

export interface AuditFlags extends ConfigFlag, JsonFlag, ReachFlags {
  readonly httpTokens?: 'optional' | 'required';
  readonly httpEndpoint?: 'enabled' | 'disabled';
  readonly hopLimit?: number;
  readonly format: 'table' | 'csv';
  readonly failOn: (typeof FAIL_ON)[number];
  readonly usage?: boolean;
  /** Milliseconds. */
  readonly lookback?: number;
  readonly baseline?: string;
  readonly output?: string;
}

const JSON_SHAPE = `{ "at", "policy", "regions", "unread": [{ "account", "region", "why" }],
  "counts": { "noncompliant", "unknown", "exempt", "compliant" },
  "instances": [{ "account", "region", "name", "arn", "state", "blueprint", "createdAt", "options", "posture", "why",
    "usage": { "calls", "lastUsed", "hours", "expected" } or { "unknown" } or { "unread" }, with --usage, null where tokens are required }],
  "usage": { "lookback", "unread": [] }, with --usage,
  "worse": [{ "arn", "before", "now" }], with --baseline }`;

export function addAudit(program: Command, setExitCode: SetExitCode): void {
  const command = addReachFlags(program.command('audit'))
    .summary('show how every instance stands; reads only')
    .description(
      'show the metadata options of every instance, and which of them fall short; reads with your AWS credentials, changes nothing and needs no Temporal server',
    )
    .argument('[spec]', 'hold the instances of this spec against its options, overrides and exceptions')
    .addOption(oneOf('--http-tokens <value>', 'wanted (default: required)', ['optional', 'required']))
    .addOption(oneOf('--http-endpoint <value>', 'wanted', ['enabled', 'disabled']))
    .option('--hop-limit <count>', 'wanted, from 1 to 64', parseHopLimit)
    .addOption(oneOf('--format <format>', 'how it is shown', ['table', 'csv']).default('table'))
    .addOption(
      oneOf(
        '--fail-on <posture>',
        'exit code 4 where an instance is so; unknown takes in noncompliant',
        FAIL_ON,
      ).default('none'),
    )
    .option('--usage', 'read the calls without a token (IMDSv1) of every instance that may still answer them')
    .option('--lookback <duration>', "how far back, from 1h to 60d (default: the spec's, or 14d)", parseLookback)
    .option('--baseline <file>', 'an earlier audit (--json): only what has become worse since fails')
    .option('-o, --output <file>', 'write it there, over nothing but an earlier one: JSON, or CSV with --format csv');
  addConfigFlag(addJsonFlag(command))
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout audit --regions us-east-1,eu-west-1',
          'imds-rollout audit --regions all --accounts 444455556666 --config worker.yaml',
          'imds-rollout audit rollout.yaml --fail-on noncompliant',
          'imds-rollout audit --regions us-east-1 --usage --lookback 30d',
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

function parseLookback(text: string): number {
  const lookback = parseDuration(text);
  if (lookback !== undefined && lookback >= MIN_LOOKBACK && lookback <= MAX_LOOKBACK) return lookback;
  throw new InvalidArgumentError('It must be a duration from 1h to 60d, such as 14d.');
}
