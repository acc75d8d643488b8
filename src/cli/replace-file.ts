import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { CliError, reasonOf } from './errors.js';

/** Who may read a file: as the process says, or its owner only. */
export type FileMode = 0o666 | 0o600;

/** Either the whole text is there or what was there before. @throws CliError `BadInput` */
export async function replaceFile(path: string, text: string, mode: FileMode = 0o666): Promise<void> {
  const place = await placeOf(path);
  const draft = `${place}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { mode });
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    throw cantWrite(path, error);
  }
}

/** @throws CliError `BadInput` where something is there already */
export async function writeNewFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx' }).catch((error: unknown) => {
    throw cantWrite(path, error);
  });
}

/**
 * What is written goes over nothing but an earlier one of its kind.
 *
 * @param what - what the file has to be, such as `plan`
 * @throws CliError `BadInput`
 */
export async function requireOwnPath(path: string, what: string, isOwn: (text: string) => boolean): Promise<void> {
  const text = await readFile(await placeOf(path), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw cantWrite(path, error);
  });
  if (text === undefined || isOwn(text)) return;
  throw new CliError(
    'BadInput',
    `${path} is there already and is no ${what}, so it was left as it is: give another name, or move it away.`,
  );
}

/** @returns the file that a link leads to: a draft that is moved into place would replace the link. */
async function placeOf(path: string): Promise<string> {
  try {
    if ((await stat(path)).isFile()) return await realpath(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return path;
    throw cantWrite(path, error);
  }
  throw new CliError('BadInput', `${path} can't be written (it is no file): give a name in a folder of yours.`);
}

function cantWrite(path: string, error: unknown): CliError {
  return new CliError(
    'BadInput',
    `${path} can't be written (${whyUnwritable(error)}): give a name in a folder of yours.`,
    {
      cause: error,
    },
  );
}

function whyUnwritable(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return "its folder isn't there";
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EEXIST':
      return 'it is there already';
    default:
      return reasonOf(error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
