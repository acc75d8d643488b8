import { type Command, InvalidArgumentError } from 'commander';

/** How the Temporal server is reached; what is left out comes from the environment or a profile, as for the Temporal CLI. */
export interface ConnectionFlags {
  readonly address?: string;
  readonly namespace?: string;
  readonly profile?: string;
}

export interface JsonFlag {
  readonly json?: boolean;
}

/** @param otherwise - which server is used where nothing names one */
export function addConnectionFlags(command: Command, otherwise = 'that of a `run`, or localhost:7233'): Command {
  return command
    .option('--address <host:port>', `Temporal server (default: TEMPORAL_ADDRESS, the profile, ${otherwise})`)
    .option('--namespace <name>', 'Temporal namespace (default: TEMPORAL_NAMESPACE, the profile, or default)')
    .option('--profile <name>', 'profile of temporal.toml (default: TEMPORAL_PROFILE, or default)');
}

export function addJsonFlag(command: Command): Command {
  return command.option('--json', 'print one JSON object on stdout; all else goes to stderr');
}

/** Where a command reads AWS by itself, and may need the roles of other accounts. */
export interface ConfigFlag {
  readonly config?: string;
}

export function addConfigFlag(command: Command): Command {
  return command.option('--config <file>', "a worker's configuration, for the roles of other accounts");
}

/** For `.option(…, parsePort)`. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

/** For `.option(…, parseRunId)`: the server calls anything else an argument that is invalid, and doesn't say which. */
export function parseRunId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw new InvalidArgumentError('It must be the whole run ID, as `status` prints it.');
}

/** @example exampleText('imds-rollout plan rollout.yaml', 'Prints …') */
export function exampleText(examples: readonly string[], json?: string): string {
  const shape = json === undefined ? '' : `\nWith --json:\n  ${json.replaceAll('\n', '\n  ')}\n`;
  return `\nExample${examples.length === 1 ? '' : 's'}:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n${shape}`;
}
