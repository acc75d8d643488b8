import { type Command, InvalidArgumentError } from 'commander';
import { iamPolicy, type PolicyMode, type PolicyWish } from '../../rollout/iam-policy.js';
import { ACCOUNT_ID } from '../../rollout/scope.js';
import { exampleText, oneOf } from '../flags.js';
import { givenFlags, refuseIdle } from '../idle-flags.js';
import { parseRegions } from './reach-flags.js';

interface IamPolicyFlags {
  readonly mode: PolicyMode;
  readonly regions?: readonly string[] | 'all';
  readonly config?: string;
  readonly account?: string;
  readonly tagCondition?: PolicyWish['tag'];
}

export function addIamPolicy(program: Command): void {
  program
    .command('iam-policy')
    .summary('print the least IAM policy that is needed')
    .description(
      'print the least IAM policy that an audit, or a worker for rollouts, needs; as JSON, and reaching nothing. The role of another account needs the same, without --config',
    )
    .addOption(oneOf('--mode <mode>', 'what it is for', ['audit', 'rollout']).default('rollout'))
    .option('--regions <names>', 'changes in these only: us-east-1,eu-west-1 (default: all)', parseRegions)
    .option('--account <id>', 'changes in this account only (default: any)', parseAccount)
    .option('--tag-condition <key=value>', 'changes of instances with this tag only', parseTag)
    .option('--json', 'accepted everywhere; the policy on stdout is JSON anyway')
    .option('--config <file>', "a worker's configuration: adds that it may assume the roles of other accounts")
    .addHelpText(
      'after',
      exampleText([
        'imds-rollout iam-policy --mode audit',
        'imds-rollout iam-policy --regions us-east-1 --tag-condition env=prod > policy.json',
        'imds-rollout iam-policy --config worker.yaml',
      ]),
    )
    .action(async (given: IamPolicyFlags) => {
      const { mode, account, tagCondition, config } = given;
      if (mode === 'audit') {
        const idle = givenFlags({ '--regions': given.regions, '--account': account, '--tag-condition': tagCondition });
        refuseIdle('Readings take no resource, so the policy of an audit has no use for', idle, 'use --mode rollout');
      }
      const regions = given.regions ?? 'all';
      const own = account === undefined ? {} : { account };
      const scopes = regions === 'all' ? [own] : regions.map((region) => ({ region, ...own }));
      const roles = await readRoles(config);
      const policy = iamPolicy({ mode, scopes, roles, ...(tagCondition !== undefined && { tag: tagCondition }) });
      process.stdout.write(`${JSON.stringify(policy, null, 2)}\n`);
    });
}

async function readRoles(config: string | undefined): Promise<string[]> {
  const { readWorkerSettings } = await import('../worker-config.js');
  const { accounts = {} } = await readWorkerSettings({ config }, {});
  return Object.values(accounts).map(({ role }) => role);
}

function parseAccount(text: string): string {
  if (!ACCOUNT_ID.test(text)) throw new InvalidArgumentError('It must be the 12 digits of an account ID.');
  return text;
}

function parseTag(text: string): { key: string; value: string } {
  const [, key, value] = /^([^=]{1,128})=(.{0,256})$/.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It must be a tag such as env=prod.');
  return { key, value };
}
