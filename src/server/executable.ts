import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from './command.js';

const EXECUTABLE_NAME = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

export type ExecutableCheck =
  | { readonly kind: 'works'; readonly version: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly reason: string };

/** Runs `<path> --version`: only that tells a wrong architecture, a half-written file or another program of that name. */
export async function checkExecutable(path: string, timeoutMs: number): Promise<ExecutableCheck> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return { kind: 'missing' };
  if (!found.isFile()) return { kind: 'broken', reason: 'is not a file' };
  const result = await runCommand([path, '--version'], { timeoutMs });
  if (result.kind === 'failed') return { kind: 'broken', reason: `does not run (${result.reason})` };
  const version = /temporal version (\S+)/i.exec(result.output)?.[1];
  return version === undefined
    ? { kind: 'broken', reason: 'is not the Temporal CLI (--version says something else)' }
    : { kind: 'works', version };
}

/** Every executable file `temporal` on PATH, first hit first. */
export async function findOnPath(path: string | undefined): Promise<readonly string[]> {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...new Set(folders)].map((folder) => join(folder, EXECUTABLE_NAME));
  const executable = await Promise.all(candidates.map(isExecutableFile));
  return candidates.filter((_, index) => executable[index]);
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
