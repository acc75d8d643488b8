import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { reasonOf, StateFolderUnusable } from './errors.js';

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

/** Makes it, for its user only: a database names instances and what was done to them. @throws StateFolderUnusable */
export function makeStateFolder({ path }: StateFolder): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StateFolderUnusable(path, `can't be made (${reasonOf(error)})`, { cause: error });
  }
}

const DATABASE = /^temporal-(\d[\w.+-]*)\.db$/;

/** One for each version of the server: it takes no database of another one, and doesn't say so well. */
export function databaseFile({ path }: StateFolder, version: string): string {
  return join(path, `temporal-${version}.db`);
}

/** The versions of the Temporal CLI that have a database there. */
export function databaseVersions({ path }: StateFolder): readonly string[] {
  try {
    return readdirSync(path).flatMap((name) => DATABASE.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}
