import type { Command } from 'commander';
import { addJsonFlag, exampleText, type JsonFlag } from '../flags.js';
import { createOutput } from '../output.js';
import { describePlan, renderPlan } from '../render/plan.js';

const JSON_SHAPE = `{ "name", "hash", "counts": { "instances", "changes", "compliant", "skipped", "blocked" },
  "stages": [{ "name", "bakeMs", "concurrency", "targets": [{ "account", "region", "name", "arn", "before", "desired" }] }],
  "settled": [{ "account", "region", "name", "arn", "outcome", "detail" }], "warnings": [] }`;

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .summary('show what a spec would change')
    .description('show what a spec would change, by stage; reads with your AWS credentials and changes nothing')
    .argument('<spec>', 'YAML or JSON file; - for standard input');
  addJsonFlag(command)
    .addHelpText('after', exampleText(['imds-rollout plan rollout.yaml'], JSON_SHAPE))
    .action(async (path: string, flags: JsonFlag) => {
      const output = createOutput(flags);
      const { requireSpec } = await import('../require-spec.js');
      const { spec } = await requireSpec(path);
      const { planLocally } = await import('../local-plan.js');
      const { plan } = await planLocally(spec);
      output.result(describePlan(spec.name, plan));
      if (!output.json) output.print(...renderPlan(output, spec.name, plan, process.env.AWS_ENDPOINT_URL_LIGHTSAIL));
    });
}
