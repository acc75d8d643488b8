import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { reasonOf } from './errors.js';
import type { ExecutableCheck } from './executable.js';
import { whyShared } from './own-path.js';
import { type PinnedExecutable, whyNotPinned } from './pinned-executable.js';

const STAGING_PREFIX = '.installing-';
const ABANDONED_AFTER_MS = 60 * 60_000;

/** `IMDS_ROLLOUT_CACHE`, or the user's cache folder for this project. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env.IMDS_ROLLOUT_CACHE || envPaths('lightsail-imds-rollout').cache;
}

/** Version, system and architecture are in the name, so that a home folder shared by several machines serves all. */
export function cachedExecutable(folder: string, { name, version }: PinnedExecutable): string {
  const extension = process.platform === 'win32' ? '.exe' : '';
  return join(folder, `${name}-${version}-${process.platform}-${process.arch}${extension}`);
}

/**
 * Why what is in the cache may not be run, in a few words; undefined where it is the pinned executable, in a folder that nobody
 * else can write.
 */
export async function whyNotCached(
  folder: string,
  executable: PinnedExecutable,
  pinned: string,
): Promise<string | undefined> {
  const path = cachedExecutable(folder, executable);
  if (!existsSync(path)) return 'empty';
  const shared = whyShared(folder, 'folder', { rootMayOwn: true });
  if (shared !== undefined) return `the folder ${shared}`;
  const why = await whyNotPinned(path, executable, pinned).catch(
    (error: unknown) => `can't be read (${reasonOf(error)})`,
  );
  return why === undefined ? undefined : `${path} ${why}; a download will replace it`;
}

/** How an executable is installed. */
export interface Installation {
  /** Its SHA-256; anything else is deleted without being run. */
  readonly pinned: string;
  /** Runs it once: that it fits this machine, its checksum doesn't say. */
  readonly check: (path: string) => Promise<ExecutableCheck>;
}

/**
 * Puts an executable into the cache: `fetchInto` fetches it to a staging folder beside its place, its checksum is compared, it is
 * run once, and then renamed. Two processes at once both fetch; the rename is atomic and either file is good.
 *
 * @param fetchInto receives an empty folder on the same file system and returns the path of the executable in it.
 * @throws Error with a one-line reason; nothing is left behind.
 */
export async function installIntoCache(
  folder: string,
  executable: PinnedExecutable,
  { pinned, check: run }: Installation,
  fetchInto: (staging: string) => Promise<string>,
): Promise<{ readonly path: string; readonly version: string }> {
  const destination = cachedExecutable(folder, executable);
  const staging = await createStaging(folder);
  try {
    const fetched = await fetchInto(staging);
    const why = await whyNotPinned(fetched, executable, pinned);
    if (why !== undefined) throw new Error(`what was downloaded ${why}`);
    await chmod(fetched, 0o755);
    const check = await run(fetched);
    if (check.kind !== 'works') {
      throw new Error(`what was downloaded ${check.kind === 'broken' ? check.reason : 'holds no executable'}`);
    }
    await moveIntoPlace(fetched, destination, run);
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

async function moveIntoPlace(from: string, to: string, check: Installation['check']): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Windows refuses to replace a program that runs: then another process has installed it already.
    if ((await check(to)).kind !== 'works') throw error;
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
