import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { reasonOf, StateFolderUnusable } from './errors.js';
import { whyShared } from './own-path.js';

/** Where `run` keeps what has to outlive it. */
export interface StateFolder {
  readonly path: string;
  /** Says who uses the folder, and where the server is. */
  readonly lock: string;
  /** Undo files. */
  readonly journal: string;
}

/** `--state-dir`, `IMDS_ROLLOUT_STATE`, or the user's data folder for this project. */
export function stateFolder(env: NodeJS.ProcessEnv, wanted?: string): StateFolder {
  const path = resolve(wanted || env.IMDS_ROLLOUT_STATE || envPaths('lightsail-imds-rollout').data);
  return { path, lock: join(path, 'run.lock'), journal: join(path, 'journal') };
}

/**
 * Makes it, for its user only: a database names instances and what was done to them. One that another user may write, or has
 * made, is refused: a lock in it would say which process to end, and where workers with AWS keys connect.
 *
 * @throws StateFolderUnusable
 */
export function makeStateFolder(folder: StateFolder): void {
  const { path } = folder;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StateFolderUnusable(path, `can't be made (${reasonOf(error)})`, { cause: error });
  }
  const why = whyUntrusted(folder);
  if (why !== undefined) throw new StateFolderUnusable(path, why);
}

/** Why another user could have written what the folder holds; undefined where none could. */
export function whyUntrusted({ path, lock, journal }: StateFolder): string | undefined {
  const why = whyShared(path, 'folder');
  if (why !== undefined) return why;
  const databases = namesIn(path).filter((name) => DATABASE.test(name));
  const parts = [
    { part: journal, kind: 'folder' as const },
    ...[lock, ...databases.map((name) => join(path, name))].map((part) => ({ part, kind: 'file' as const })),
  ];
  for (const { part, kind } of parts) {
    const shared = whyShared(part, kind);
    if (shared !== undefined) return `is not trusted, since ${part} ${shared}`;
  }
  return undefined;
}

const DATABASE = /^temporal-(\d[\w.+-]*)\.db$/;

/** One for each version of the server: it takes no database of another one, and doesn't say so well. */
export function databaseFile({ path }: StateFolder, version: string): string {
  return join(path, `temporal-${version}.db`);
}

/** The versions of the Temporal CLI that have a database there. */
export function databaseVersions({ path }: StateFolder): readonly string[] {
  return namesIn(path).flatMap((name) => DATABASE.exec(name)?.[1] ?? []);
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
