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
    .summary('print the JSON Schema of a spec, or of what a command prints with --json')
    .description(
      'print the JSON Schema of a spec, for editors and for checks without this package, or of what a command prints with --json; reaches neither AWS nor Temporal',
    )
    .argument('[command...]', 'a command that has --json, such as plan')
    .option('-o, --output <file>', 'write it there instead of on stdout; over nothing but an earlier one');
  addJsonFlag(command)
    .addHelpText(
      'after',
      exampleText(
        ['imds-rollout schema', 'imds-rollout schema -o rollout-spec.schema.json', 'imds-rollout schema plan'],
        JSON_SHAPE,
      ),
    )
    .action(async (words: string[], flags: SchemaFlags) => {
      const { showSchema } = await import('../show-schema.js');
      await showSchema(words.join(' '), flags);
    });
}
