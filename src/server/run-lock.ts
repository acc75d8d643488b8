import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { reasonOf, StateFolderInUse, StateFolderUnusable } from './errors.js';
import { isServerOf } from './leftover.js';
import { identify, livenessOf, type ProcessIdentity } from './process-identity.js';
import { makeStateFolder, type StateFolder, whyUntrusted } from './state-folder.js';

/** A server of a `run`, as soon as its process is there. */
export interface ServerRecord extends ProcessIdentity {
  readonly address: string;
  readonly uiUrl?: string;
}

/** Who uses a state folder. */
interface LockRecord extends ProcessIdentity {
  readonly host: string;
  readonly server?: ServerRecord;
}

/** The right to use a state folder, until it is given back or its process ends. */
export interface FolderClaim {
  /** The server of a run before this one, which didn't come to stop it. */
  readonly leftover?: ServerRecord;
  /** Written at once, before anything can happen to this process. */
  record(server: ServerRecord): void;
  /** Leaves the lock as that of a process that has ended, for the next one to find what it says. */
  abandon(): void;
  release(): void;
}

/** Milliseconds. Processes of another host, or container, can't be looked at: their lock counts while it is touched. */
const TOUCH_EVERY = 5_000;
const TOUCHED_WITHIN = 30_000;
const ATTEMPTS = 5;

/**
 * Takes a state folder, which is made where it isn't there. A lock whose process has ended, however it did, is taken over.
 *
 * @throws StateFolderInUse, naming the process; StateFolderUnusable
 * @example const claim = claimFolder(stateFolder(process.env)); try { … } finally { claim.release(); }
 */
export function claimFolder(folder: StateFolder): FolderClaim {
  makeStateFolder(folder);
  const { lock } = folder;
  let left: LockRecord | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const mine = { ...identify(process.pid), host: hostname(), ...(left?.server && { server: left.server }) };
    if (create(lock, mine, folder)) return claimed(lock, mine);
    const found = readFileOrNothing(lock);
    if (found === undefined) continue;
    const record = parse(found);
    if (record !== undefined && isHeld(lock, record)) throw new StateFolderInUse(folder.path, lock, record);
    if (takeAway(lock, found)) left = record;
  }
  throw new StateFolderUnusable(folder.path, 'is being taken by another process: try again');
}

/** The server of a `run` that is alive, for other commands to find. */
export function findLiveServer(folder: StateFolder): ServerRecord | undefined {
  // Another user's lock would lead commands, and workers with AWS keys, to a server of theirs.
  if (whyUntrusted(folder) !== undefined) return undefined;
  const text = readFileOrNothing(folder.lock);
  const record = text === undefined ? undefined : parse(text);
  const isHere = record?.host === hostname() && livenessOf(record) !== 'gone';
  return isHere && record.server !== undefined && isServerOf(record.server, folder) ? record.server : undefined;
}

function claimed(lock: string, mine: LockRecord): FolderClaim {
  let latest = mine;
  const touch = setInterval(() => touchFile(lock), TOUCH_EVERY).unref();
  return {
    ...(mine.server !== undefined && { leftover: mine.server }),
    record: (server) => {
      latest = { ...latest, server };
      const draft = `${lock}.${process.pid}`;
      writeFileSync(draft, JSON.stringify(latest), { mode: 0o600 });
      renameSync(draft, lock);
    },
    abandon: () => clearInterval(touch),
    release: () => {
      clearInterval(touch);
      const text = readFileOrNothing(lock);
      if (text === JSON.stringify(latest)) rmSync(lock, { force: true });
    },
  };
}

/** Appears with its content, or not at all. @returns false where there is one */
function create(lock: string, record: LockRecord, folder: StateFolder): boolean {
  const draft = `${lock}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(record), { mode: 0o600 });
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new StateFolderUnusable(folder.path, `can't be written (${reasonOf(error)})`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @returns false where it was another's by then, who got it back */
function takeAway(lock: string, judged: string): boolean {
  const aside = `${lock}.${process.pid}.ended`;
  try {
    renameSync(lock, aside);
  } catch {
    return false;
  }
  const isJudged = readFileOrNothing(aside) === judged;
  if (!isJudged) linkBack(aside, lock);
  rmSync(aside, { force: true });
  return isJudged;
}

function linkBack(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Somebody has taken it in between: then it is theirs.
  }
}

function isHeld(lock: string, record: LockRecord): boolean {
  if (record.host === hostname()) return livenessOf(record) !== 'gone';
  const touched = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && Date.now() - touched < TOUCHED_WITHIN;
}

function touchFile(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // A folder that is gone can't be used by another run either.
  }
}

function parse(text: string): LockRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLockRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLockRecord(value: unknown): value is LockRecord {
  return (
    isIdentity(value) &&
    'host' in value &&
    typeof value.host === 'string' &&
    (!('server' in value) || isServer(value.server))
  );
}

function isServer(value: unknown): value is ServerRecord {
  if (!isIdentity(value) || !('address' in value) || typeof value.address !== 'string') return false;
  return ON_LOOPBACK.test(value.address) && (!('uiUrl' in value) || isLoopbackUrl(value.uiUrl));
}

/** A server of a `run` listens nowhere else. */
const ON_LOOPBACK = /^127\.0\.0\.1:\d{1,5}$/;

function isLoopbackUrl(value: unknown): boolean {
  return typeof value === 'string' && /^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(value);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    Number.isSafeInteger(value.pid) &&
    Number(value.pid) > 0 &&
    (!('started' in value) || typeof value.started === 'string')
  );
}

function readFileOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
