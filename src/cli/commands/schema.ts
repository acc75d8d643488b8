import type { Command } from 'commander';
import { addJsonFlag, exampleText, type JsonFlag } from '../flags.js';

export interface SchemaFlags extends JsonFlag {
  readonly output?: string;
}

const JSON_SHAPE = `a JSON Schema: { "$schema", "title", "description", "type", "properties", "required" }
The same without --json, which prints it beside -o too.`;

export function addSchema(program: Command): void {
  const command = program
    .command('schema')
    .summary('print the JSON Schema of a spec')
    .description(
      'print the JSON Schema of a spec, for editors and for checks without this package; reaches neither AWS nor Temporal',
    )
    .option('-o, --output <file>', 'write it there instead of on stdout; over nothing but an earlier one');
  addJsonFlag(command)
    .addHelpText(
      'after',
      exampleText(['imds-rollout schema', 'imds-rollout schema -o rollout-spec.schema.json'], JSON_SHAPE),
    )
    .action(async (flags: SchemaFlags) => {
      const { showSchema } = await import('../show-schema.js');
      await showSchema(flags);
    });
}
