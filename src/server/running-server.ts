import { type LoadClientProfileOptions, loadClientConnectConfig } from '@temporalio/envconfig';
import { reasonOf, TemporalServerMisconfigured } from './errors.js';

/** What `Connection.connect` of `@temporalio/client` and `NativeConnection.connect` of `@temporalio/worker` both take. */
export type TemporalConnectionOptions = Pick<
  ReturnType<typeof loadClientConnectConfig>['connectionOptions'],
  'tls' | 'apiKey' | 'metadata'
> & { readonly address: string };

export interface RunningServer {
  readonly kind: 'running';
  readonly address: string;
  readonly namespace: string;
  readonly connection: TemporalConnectionOptions;
  /** `run`: of a command of that name, on this machine. */
  readonly source: 'TEMPORAL_ADDRESS' | 'profile' | 'run';
}

export const DEFAULT_NAMESPACE = 'default';

/**
 * The running server that the environment names, read as the Temporal CLI reads it (`TEMPORAL_*` variables over a
 * profile of `temporal.toml`), or undefined when neither sets an address. It does not connect.
 *
 * @throws TemporalServerMisconfigured when the file or the profile cannot be read.
 */
export function findRunningServer(env: NodeJS.ProcessEnv, profile?: string): RunningServer | undefined {
  const variables = setVariables(env);
  const options: LoadClientProfileOptions = { overrideEnvVars: variables, ...(profile ? { profile } : {}) };
  const { connectionOptions, namespace } = loadConfig(options);
  const { address, tls, apiKey, metadata } = connectionOptions;
  // Without this check the SDK would go to localhost:7233 for a profile that only sets a namespace.
  if (!address) return undefined;
  return {
    kind: 'running',
    address,
    namespace: namespace || DEFAULT_NAMESPACE,
    connection: {
      address,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    },
    source: variables.TEMPORAL_ADDRESS === undefined ? 'profile' : 'TEMPORAL_ADDRESS',
  };
}

function loadConfig(options: LoadClientProfileOptions): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig(options);
  } catch (error) {
    throw new TemporalServerMisconfigured(
      `The Temporal client configuration cannot be read: ${reasonOf(error)}. Correct the file that TEMPORAL_CONFIG_FILE names ` +
        '(by default temporalio/temporal.toml in your configuration folder) and TEMPORAL_PROFILE, or unset them.',
      { cause: error },
    );
  }
}

/** An empty variable means "not set", except under TEMPORAL_GRPC_META_, where it takes a header away. */
function setVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (value !== '' || name.startsWith('TEMPORAL_GRPC_META_')) variables[name] = value;
  }
  return variables;
}
