import { extendRetention } from '../../history/index.js';
import { DEFAULT_TASK_QUEUE } from '../../rollout/queues.js';
import { findRunningServer, type StateFolder, stateFolder } from '../../server/index.js';
import type { RunFlags } from '../commands/run.js';
import { loadDataConverter } from '../data-converter.js';
import { CliError, reasonOf } from '../errors.js';
import type { ConnectionFlags } from '../flags.js';
import { givenConnectionFlags, refuseIdle } from '../idle-flags.js';
import { type LocalStack, openLocalStack } from '../local-stack.js';
import type { Output } from '../output.js';
import { checkAccounts } from '../serve-worker.js';
import { overridesOf } from '../temporal.js';
import { explainTemporalError } from '../temporal-errors.js';
import { readWorkerSettings, type WorkerConfig } from '../worker-config.js';
import { findPollers } from '../workers.js';
import { type OpenState, openState } from './state.js';
import { encodedBy } from './texts.js';

/** A day is what a local server keeps; what breaks under IMDSv2 often does so weeks later. Milliseconds. */
const KEPT_FOR = 365 * 24 * 60 * 60_000;

/** What a `run` stands on. */
export interface RunStack extends Pick<LocalStack, 'session' | 'broken' | 'close'> {
  readonly folder: StateFolder;
  /** The server was started here, and ends with this process. */
  readonly isLocal: boolean;
  readonly uiUrl?: string;
  /** What leads other commands to the server. */
  readonly connection: ConnectionFlags;
  readonly config: WorkerConfig;
  startWorker(): Promise<void>;
}

/**
 * Opens the server: the running one that flags, environment or a profile name, or one with a database in the state folder.
 *
 * @param wantsDatabase - something in the database is to go on
 * @throws CliError `BadInput` without AWS credentials, before anything is started
 */
export async function openRun(flags: RunFlags, wantsDatabase: boolean, output: Output): Promise<RunStack> {
  const folder = stateFolder(process.env, flags.stateDir);
  const given = await readWorkerSettings({ ...(flags.config !== undefined && { config: flags.config }) }, process.env);
  const config = { ...given, journal: given.journal ?? folder.journal };
  await checkAccounts(config.accounts, (why) => {
    const remedy = 'Set AWS_PROFILE or AWS_ACCESS_KEY_ID.';
    throw new CliError('BadInput', `No AWS credentials here (${why}), so nothing was started. ${remedy}`);
  });
  const dataConverter = await loadDataConverter(flags.dataConverter);
  let state: OpenState | undefined;
  try {
    const stack = await openLocalStack({
      overrides: overridesOf(flags),
      flags,
      ...(dataConverter !== undefined && { dataConverter }),
      report: output.note,
      prepare: async (cli) => {
        state = await openState(folder, cli, { wantsDatabase, note: output.note });
        return state.options;
      },
    });
    return describe(stack, { folder, config, flags, output, release: () => state?.release() });
  } catch (error) {
    state?.release();
    throw error;
  }
}

/** What is said of a server, a key or TLS, is not passed over for one of its own. @throws CliError `BadInput` */
export function refuseIdleConnection({ dataConverter: _, ...flags }: RunFlags): void {
  if (findRunningServer(process.env, overridesOf(flags)) !== undefined) return;
  const why = 'No address is given, and a Temporal server that is started here has no use for';
  refuseIdle(why, givenConnectionFlags(flags), 'add --address host:port');
}

interface Surroundings {
  readonly folder: StateFolder;
  readonly config: WorkerConfig;
  readonly flags: RunFlags;
  readonly output: Output;
  readonly release: () => void;
}

async function describe(
  stack: LocalStack,
  { folder, config, flags, output, release }: Surroundings,
): Promise<RunStack> {
  const { server, session, broken } = stack;
  const isLocal = server.kind === 'started';
  if (isLocal) {
    await extendRetention(session.client, KEPT_FOR).catch((error: unknown) => {
      output.note(
        `! The server keeps histories for a day only (${reasonOf(error)}); undo files are in ${folder.journal}.`,
      );
    });
  }
  if (!isLocal) {
    // Before anybody is asked: a namespace that is missing, or not for this client.
    await findPollers(session, DEFAULT_TASK_QUEUE).catch((error: unknown) => {
      throw explainTemporalError(error, session);
    });
  }
  const { accounts, pacing, ...settings } = config;
  return {
    session,
    broken,
    folder,
    isLocal,
    config,
    ...(isLocal && server.uiUrl !== undefined && { uiUrl: server.uiUrl }),
    connection: isLocal ? { ...localPlace(server), ...encodedBy(flags) } : flags,
    startWorker: () =>
      stack.startWorker({
        settings,
        ...(accounts !== undefined && { accounts }),
        ...(pacing !== undefined && { pacing }),
      }),
    close: async () => {
      await stack.close();
      release();
    },
  };
}

/** A variable that names a namespace would lead other commands to that one. */
function localPlace({ address, namespace }: LocalStack['server']): ConnectionFlags {
  const found = findRunningServer(process.env, { address });
  return { address, ...(found?.namespace !== namespace && { namespace }) };
}
