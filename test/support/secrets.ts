import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { secretIn } from './secret-pattern.js';

const leaks: string[] = [];

/** Fails the test file where a secret stands in something that leaves a process: a log, an output, a file. */
export function searchForSecrets(where: string, text: string): void {
  const secret = secretIn(text);
  if (secret !== undefined) leaks.push(`${secret}… in ${where}`);
}

/** The same for every file below a folder, but for those that the test has written itself. */
export async function searchFolderForSecrets(folder: string, except: readonly string[] = []): Promise<void> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && !except.includes(path)) searchForSecrets(path, await readFile(path, 'latin1'));
  }
}

afterAll(() => {
  expect(leaks).toEqual([]);
});
