import type { Command } from 'commander';
import {
  addConfigFlag,
  addConnectionFlags,
  addJsonFlag,
  type ConfigFlag,
  type ConnectionFlags,
  exampleText,
  type JsonFlag,
  oneOf,
} from '../flags.js';
import { addBoundsFlags, type BoundsFlags } from './bounds-flags.js';

export interface PlanFlags extends ConnectionFlags, ConfigFlag, JsonFlag, BoundsFlags {
  readonly remote?: boolean;
  readonly taskQueue?: string;
  readonly output?: string;
  readonly format: 'text' | 'markdown';
}

const JSON_SHAPE = `{ "format": "imds-rollout-plan/1", "name", "specHash", "hash", "bounds": { "only", "limit", "until" },
  "counts": { "instances", "changes", "compliant", "skipped", "blocked" },
  "failure": { "maxTotal", "revert" },
  "stages": [{ "name", "bakeMs", "concurrency", "needsApproval", "shareByEnd", "mayFail", "targets": [{ "account", "region", "name", "arn", "before", "desired" }] }],
  "settled": [{ "account", "region", "name", "arn", "outcome", "detail" }],
  "allowed": [{ "account", "region", "name", "arn", "detail" }],
  "uncovered": [{ "key", "values": [{ "value", "targets" }], "count" }], "warnings": [], "sha256": over all the rest }`;

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .summary('show what a spec would change')
    .description('show what a spec would change, by stage; reads with your AWS credentials and changes nothing')
    .argument('<spec>', 'YAML or JSON file; - for standard input')
    .option('--remote', 'let a worker make the plan, with its own credentials')
    .option('--task-queue <name>', 'task queue of that worker (default: lightsail-imds-rollout)')
    .option('-o, --output <file>', 'keep the plan, for start --plan; the file holds what --json prints')
    .addOption(oneOf('--format <format>', 'how it is shown', ['text', 'markdown']).default('text'));
  addConnectionFlags(addConfigFlag(addJsonFlag(addBoundsFlags(command))))
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout plan rollout.yaml',
          'imds-rollout plan rollout.yaml --until canary -o plan.json',
          'imds-rollout plan rollout.yaml --remote --format markdown > plan.md',
        ],
        JSON_SHAPE,
      ),
    )
    .action(async (path: string, flags: PlanFlags) => {
      const { showPlan } = await import('../show-plan.js');
      await showPlan(path, flags);
    });
}
