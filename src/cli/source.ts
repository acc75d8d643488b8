import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CliError } from './errors.js';

/** The text of a file, or of standard input for `-`. @throws CliError `BadInput` with the reason */
export async function readSource(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError('BadInput', `${path} can't be read: ${whyUnreadable(error)}`, { cause: error });
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file. Give the path of a file, or - for standard input.';
    case 'EISDIR':
      return 'it is a folder. Give the path of a file in it.';
    case 'EACCES':
      return 'permission denied.';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
