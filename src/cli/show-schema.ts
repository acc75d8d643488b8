import { z } from 'zod';
import { cleanLine } from '../rollout/clean.js';
import { suggest } from '../rollout/problem.js';
import { specJsonSchema } from '../rollout/spec.js';
import type { SchemaFlags } from './commands/schema.js';
import { CliError } from './errors.js';
import { isShaped, JSON_SHAPES, outputJsonSchema } from './json/index.js';
import { createOutput } from './output.js';
import { replaceFile, requireOwnPath } from './replace-file.js';

/**
 * Prints a schema, or keeps it in a file.
 *
 * @param command - whose output is meant; empty: the schema of a spec
 * @throws CliError `BadInput` where it has none, or the file can't be written
 */
export async function showSchema(command: string, { output: path, ...flags }: SchemaFlags): Promise<void> {
  const output = createOutput(flags);
  const schema = command === '' ? specJsonSchema() : outputSchema(command);
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (path !== undefined) {
    await requireOwnPath(
      path,
      command === '' ? 'schema of a spec' : 'schema of that output',
      (there) => titleOf(there) === schema.title,
    );
    await replaceFile(path, text);
  }
  if (path === undefined || output.json) process.stdout.write(text);
  if (path === undefined) return;
  output.print(`${output.paint.green('✔')} ${cleanLine(path)}`);
  if (command !== '') return;
  output.print(
    '  For the editor, as the first line of a spec:',
    `  # yaml-language-server: $schema=${cleanLine(path)}`,
  );
}

function outputSchema(command: string): Record<string, unknown> {
  if (isShaped(command)) return outputJsonSchema(command);
  const known = Object.keys(JSON_SHAPES);
  const meant = suggest(command, known);
  throw new CliError(
    'BadInput',
    `${cleanLine(command)}: no command with --json${meant === undefined ? '' : ` (did you mean ${meant}?)`}. Leave it out for the schema of a spec, or name one of ${known.join(', ')}.`,
  );
}

const titled = z.looseObject({ title: z.string() });

function titleOf(text: string): string | undefined {
  try {
    return titled.parse(JSON.parse(text)).title;
  } catch {
    return undefined;
  }
}
