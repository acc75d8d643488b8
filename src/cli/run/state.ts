import {
  claimFolder,
  databaseFile,
  databaseVersions,
  type ExecutableServer,
  endLeftover,
  type FolderClaim,
  identify,
  type LocalServerOptions,
  type StateFolder,
} from '../../server/index.js';
import { CliError } from '../errors.js';

/** A state folder that is this process's until it is released. */
export interface OpenState {
  readonly options: Pick<LocalServerOptions, 'dbFile' | 'onSpawn'>;
  release(): void;
}

export interface StateWishes {
  /** There has to be a database already, since something in it is to go on. */
  readonly wantsDatabase: boolean;
  readonly note: (text: string) => void;
}

/**
 * Takes the state folder for a server of this version of the Temporal CLI, and ends the one that a killed run has left.
 *
 * @throws StateFolderInUse, StateFolderUnusable, LeftoverServer; CliError `RolloutNotFound` where there is nothing to go on with
 */
export async function openState(
  folder: StateFolder,
  { version, path }: Pick<ExecutableServer, 'version' | 'path'>,
  { wantsDatabase, note }: StateWishes,
): Promise<OpenState> {
  const versions = databaseVersions(folder);
  const others = versions.filter((each) => each !== version);
  if (!versions.includes(version)) {
    if (wantsDatabase) throw nothingThere(folder, others, { version, path });
    if (others.length > 0) note(describeOthers(folder, others, version));
  }
  const claim = claimFolder(folder);
  try {
    if (claim.leftover !== undefined && (await endLeftover(claim.leftover, folder))) {
      note(
        `The Temporal server of a run that was killed (process ${claim.leftover.pid}) was still there; it is ended now.`,
      );
    }
  } catch (error) {
    // Whoever comes next has to meet it too: so the lock stays, and says where it is.
    claim.abandon();
    throw error;
  }
  return { options: serverOptions(folder, version, claim), release: claim.release };
}

function serverOptions(folder: StateFolder, version: string, claim: FolderClaim): OpenState['options'] {
  return {
    dbFile: databaseFile(folder, version),
    onSpawn: ({ pid, ...where }) => claim.record({ ...identify(pid), ...where }),
  };
}

function nothingThere(
  { path: folder }: StateFolder,
  others: readonly string[],
  cli: Pick<ExecutableServer, 'version' | 'path'>,
): CliError {
  const [other] = others;
  if (other === undefined) {
    return new CliError(
      'RolloutNotFound',
      `There is nothing to go on with: no rollout was run with the state folder ${folder}. If it was another one, name it: --state-dir DIR`,
    );
  }
  return new CliError(
    'RolloutNotFound',
    [
      `The state folder ${folder} is of Temporal CLI ${others.join(', ')}, and the one found here is ${cli.version} (${cli.path}).`,
      'A database is opened by the version that made it, and by no other; nothing was touched.',
      `Set TEMPORAL_CLI_PATH to a temporal binary of version ${other}, and try again.`,
    ].join('\n'),
  );
}

function describeOthers({ path, journal }: StateFolder, others: readonly string[], version: string): string {
  const names = others.map((each) => `temporal-${each}.db`).join(', ');
  return (
    `! ${names} in ${path} is of another Temporal CLI than the ${version} found here, and stays as it is. What is open in it ` +
    `goes on with TEMPORAL_CLI_PATH set to that version; undo files are in ${journal}.`
  );
}
