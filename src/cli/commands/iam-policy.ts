import { type Command, InvalidArgumentError, Option } from 'commander';
import { iamPolicy, type PolicyMode, type PolicyWish } from '../../rollout/iam-policy.js';
import { exampleText } from '../flags.js';
import { parseRegions } from './audit.js';

interface IamPolicyFlags {
  readonly mode: PolicyMode;
  readonly regions?: readonly string[];
  readonly account?: string;
  readonly tagCondition?: PolicyWish['tag'];
}

export function addIamPolicy(program: Command): void {
  program
    .command('iam-policy')
    .summary('print the least IAM policy that is needed')
    .description(
      'print the least IAM policy that an audit, or a worker for rollouts, needs; as JSON, and reaching nothing',
    )
    .addOption(new Option('--mode <mode>', 'what it is for').choices(['audit', 'rollout']).default('rollout'))
    .option('--regions <names>', 'changes in these only: us-east-1,eu-west-1 (default: all)', parseRegions)
    .option('--account <id>', 'changes in this account only (default: any)', parseAccount)
    .option('--tag-condition <key=value>', 'changes of instances with this tag only', parseTag)
    .addHelpText(
      'after',
      exampleText([
        'imds-rollout iam-policy --mode audit',
        'imds-rollout iam-policy --regions us-east-1 --tag-condition env=prod > policy.json',
      ]),
    )
    .action(({ mode, regions, account, tagCondition }: IamPolicyFlags) => {
      const own = account === undefined ? {} : { account };
      const scopes = regions?.map((region) => ({ region, ...own })) ?? [own];
      const policy = iamPolicy({ mode, scopes, ...(tagCondition !== undefined && { tag: tagCondition }) });
      process.stdout.write(`${JSON.stringify(policy, null, 2)}\n`);
    });
}

function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('It must be the 12 digits of an account ID.');
  return text;
}

function parseTag(text: string): { key: string; value: string } {
  const [, key, value] = /^([^=]{1,128})=(.{0,256})$/.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It must be a tag such as env=prod.');
  return { key, value };
}
