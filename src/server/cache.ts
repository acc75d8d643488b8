import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { reasonOf } from './errors.js';
import { checkExecutable } from './executable.js';
import { whyShared } from './own-path.js';
import { CLI_VERSION, whyNotPinned } from './pinned-cli.js';

const STAGING_PREFIX = '.installing-';
const ABANDONED_AFTER_MS = 60 * 60_000;

/** `IMDS_ROLLOUT_CACHE`, or the user's cache folder for this project. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env.IMDS_ROLLOUT_CACHE || envPaths('lightsail-imds-rollout').cache;
}

/** Version, system and architecture are in the name, so that a home folder shared by several machines serves all. */
export function cachedExecutable(folder: string): string {
  const extension = process.platform === 'win32' ? '.exe' : '';
  return join(folder, `temporal-${CLI_VERSION}-${process.platform}-${process.arch}${extension}`);
}

/**
 * Puts an executable into the cache: `fetchInto` fetches it to a staging folder beside its place, its checksum is compared, it is
 * run once, and then renamed. Two processes at once both fetch; the rename is atomic and either file is good.
 *
 * @param pinned its SHA-256; anything else is deleted without being run.
 * @param fetchInto receives an empty folder on the same file system and returns the path of the executable in it.
 * @throws Error with a one-line reason; nothing is left behind.
 */
export async function installIntoCache(
  folder: string,
  { pinned, probeMs }: { readonly pinned: string; readonly probeMs: number },
  fetchInto: (staging: string) => Promise<string>,
): Promise<{ readonly path: string; readonly version: string }> {
  const destination = cachedExecutable(folder);
  const staging = await createStaging(folder);
  try {
    const fetched = await fetchInto(staging);
    const why = await whyNotPinned(fetched, pinned);
    if (why !== undefined) throw new Error(`what was downloaded ${why}`);
    await chmod(fetched, 0o755);
    const check = await checkExecutable(fetched, probeMs);
    if (check.kind !== 'works') {
      throw new Error(`what was downloaded ${check.kind === 'broken' ? check.reason : 'holds no executable'}`);
    }
    await moveIntoPlace(fetched, destination, probeMs);
    return { path: destination, version: check.version };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function createStaging(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const why = whyShared(folder, 'folder', { rootMayOwn: true });
    if (why !== undefined) throw new Error(`${folder} ${why}`);
    await removeAbandoned(folder);
    return await mkdtemp(join(folder, STAGING_PREFIX));
  } catch (error) {
    throw new Error(
      `the cache cannot be used (${reasonOf(error)}); set IMDS_ROLLOUT_CACHE to a folder that you alone can write`,
    );
  }
}

async function moveIntoPlace(from: string, to: string, probeMs: number): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Windows refuses to replace a program that runs: then another process has installed it already.
    if ((await checkExecutable(to, probeMs)).kind !== 'works') throw error;
  }
}

/** A process that was killed while it downloaded leaves 200 MB behind. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((candidate) => candidate.startsWith(STAGING_PREFIX))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
