import { type Command, InvalidArgumentError, Option } from 'commander';
import { suggest } from '../rollout/problem.js';
import type { ServerOverrides } from '../server/index.js';

/** How the Temporal server is reached; what is left out comes from the environment or a profile, as for the Temporal CLI. */
export interface ConnectionFlags extends Omit<ServerOverrides, 'grpcMeta'> {
  readonly grpcMeta?: readonly string[];
  readonly tlsDisableHostVerification?: boolean;
  /** A module with the data converter of whoever encrypts payloads. */
  readonly dataConverter?: string;
}

export interface JsonFlag {
  readonly json?: boolean;
}

const CONNECTION_GROUP = 'Temporal connection (or TEMPORAL_* variables, or a profile):';

/** @param otherwise - which server is used where nothing names one */
export function addConnectionFlags(command: Command, otherwise = 'that of a run, or localhost:7233'): Command {
  const options = [
    new Option('--address <host:port>', `of the server (default: ${otherwise})`),
    new Option('--namespace <name>', 'there (default: default)'),
    new Option('--profile <name>', 'of temporal.toml (default: default)'),
    new Option('--config-file <file>', 'that file, where it is elsewhere'),
    new Option('--api-key <key>', 'better in TEMPORAL_API_KEY; switches TLS on'),
    new Option('--tls', 'with the usual CAs; those below switch it on too'),
    new Option('--tls-cert-path <file>', "this client's certificate"),
    new Option('--tls-key-path <file>', 'its key'),
    new Option('--tls-ca-path <file>', "the CA of the server's certificate"),
    new Option('--tls-server-name <name>', 'the name in that certificate'),
    new Option('--tls-disable-host-verification').hideHelp(),
    new Option('--grpc-meta <key=value>', 'a header of every request; again for another').argParser(collect),
    new Option('--data-converter <module>', 'what payloads are encrypted with'),
  ];
  for (const option of options) command.addOption(option.helpGroup(CONNECTION_GROUP));
  return command;
}

/** Not looked at here: commander shows a value that it refuses, and a header may be a secret. */
function collect(text: string, sofar: readonly string[] = []): readonly string[] {
  return [...sofar, text];
}

/** An option with a few values, and a suggestion where one was mistyped. @example command.addOption(oneOf('--format <format>', 'how it is shown', ['text', 'markdown'])) */
export function oneOf(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description).choices(values);
  return option.argParser((text) => {
    if (values.includes(text)) return text;
    const near = suggest(text, values);
    throw new InvalidArgumentError(
      `${near === undefined ? '' : `Did you mean ${near}? `}Allowed choices are ${values.join(', ')}.`,
    );
  });
}

export function addJsonFlag(command: Command): Command {
  return command.option('--json', 'print one JSON object on stdout; all else goes to stderr');
}

/** Where a command reads AWS by itself, and may need the roles of other accounts. */
export interface ConfigFlag {
  readonly config?: string;
}

export function addConfigFlag(command: Command): Command {
  return command.option(
    '--config <file>',
    "a worker's configuration, for the roles of other accounts; default: the file that IMDS_ROLLOUT_CONFIG names",
  );
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
