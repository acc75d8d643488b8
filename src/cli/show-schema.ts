import { z } from 'zod';
import { specJsonSchema } from '../rollout/spec.js';
import type { SchemaFlags } from './commands/schema.js';
import { createOutput } from './output.js';
import { cleanLine } from './render/clean.js';
import { replaceFile, requireOwnPath } from './replace-file.js';

/** Prints the schema, or keeps it in a file. @throws CliError `BadInput` where the file can't be written */
export async function showSchema({ output: path, ...flags }: SchemaFlags): Promise<void> {
  const output = createOutput(flags);
  const schema = specJsonSchema();
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (path !== undefined) {
    await requireOwnPath(path, 'schema of a spec', (there) => titleOf(there) === schema.title);
    await replaceFile(path, text);
  }
  if (path === undefined || output.json) process.stdout.write(text);
  if (path === undefined) return;
  output.print(
    `${output.paint.green('✔')} ${cleanLine(path)}`,
    '  For the editor, as the first line of a spec:',
    `  # yaml-language-server: $schema=${cleanLine(path)}`,
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
