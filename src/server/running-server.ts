import { readFileSync } from 'node:fs';
import { type ClientConfigProfile, loadClientConfigProfile } from '@temporalio/envconfig';
import { reasonOf, TemporalServerMisconfigured } from './errors.js';
import { readTls, type TlsOptions } from './tls-files.js';

/** What `Connection.connect` of `@temporalio/client` and `NativeConnection.connect` of `@temporalio/worker` both take. */
export interface TemporalConnectionOptions {
  readonly address: string;
  readonly tls?: boolean | TlsOptions;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
}

/** What goes before the environment and the profile, under the names that the Temporal CLI's flags have. */
export interface ServerOverrides {
  readonly address?: string;
  readonly namespace?: string;
  /** Of `temporal.toml`. Default: `TEMPORAL_PROFILE`, then `default`. */
  readonly profile?: string;
  /** Instead of `TEMPORAL_CONFIG_FILE`, or `temporalio/temporal.toml` in the user's configuration folder. */
  readonly configFile?: string;
  readonly apiKey?: string;
  readonly tls?: boolean;
  readonly tlsCertPath?: string;
  readonly tlsKeyPath?: string;
  readonly tlsCaPath?: string;
  readonly tlsServerName?: string;
  readonly grpcMeta?: Readonly<Record<string, string>>;
}

export interface RunningServer {
  readonly kind: 'running';
  readonly address: string;
  readonly namespace: string;
  readonly connection: TemporalConnectionOptions;
  /** `run`: of a command of that name, on this machine. */
  readonly source: 'flag' | 'TEMPORAL_ADDRESS' | 'profile' | 'run';
}

export const DEFAULT_NAMESPACE = 'default';

/**
 * The running server that is named, read as the Temporal CLI reads it: flags over `TEMPORAL_*` variables over a profile of
 * `temporal.toml`; undefined where none of them sets an address. It does not connect.
 *
 * @throws TemporalServerMisconfigured where the file or the profile cannot be read
 * @throws TemporalTlsInvalid where a certificate or a key is of no use
 * @example findRunningServer(process.env, { address: 'temporal.internal:7233', tls: true })?.connection
 */
export function findRunningServer(env: NodeJS.ProcessEnv, overrides: ServerOverrides = {}): RunningServer | undefined {
  const variables = setVariables(env);
  const { apiKey, address, namespace, tls, grpcMeta } = override(loadProfile(variables, overrides), overrides);
  // Without this check the SDK would go to localhost:7233 for a profile that only sets a namespace.
  if (!address) return undefined;
  const encryption = tlsOf(tls, apiKey);
  return {
    kind: 'running',
    address,
    namespace: namespace || DEFAULT_NAMESPACE,
    connection: {
      address,
      ...(encryption !== undefined && { tls: encryption }),
      ...(apiKey !== undefined && { apiKey }),
      ...(grpcMeta !== undefined && { metadata: grpcMeta }),
    },
    source: sourceOf(variables, overrides),
  };
}

/** TLS is on where it is set up in any way, and with an API key, which must not cross a network in the clear. */
function tlsOf(tls: ClientConfigProfile['tls'], apiKey: string | undefined): boolean | TlsOptions | undefined {
  if (tls === undefined) return apiKey === undefined ? undefined : true;
  return tls.disabled === true ? false : readTls(tls);
}

function sourceOf(variables: Record<string, string>, { address }: ServerOverrides): RunningServer['source'] {
  if (address !== undefined) return 'flag';
  return variables.TEMPORAL_ADDRESS === undefined ? 'profile' : 'TEMPORAL_ADDRESS';
}

function override(profile: ClientConfigProfile, overrides: ServerOverrides): ClientConfigProfile {
  const { address, namespace, apiKey, tls, tlsCertPath, tlsKeyPath, tlsCaPath, tlsServerName, grpcMeta } = overrides;
  const own: NonNullable<ClientConfigProfile['tls']> = {
    ...(tlsCertPath !== undefined && { clientCert: { path: tlsCertPath } }),
    ...(tlsKeyPath !== undefined && { clientKey: { path: tlsKeyPath } }),
    ...(tlsCaPath !== undefined && { serverCACert: { path: tlsCaPath } }),
    ...(tlsServerName !== undefined && { serverName: tlsServerName }),
  };
  const isAsked = tls === true || Object.keys(own).length > 0;
  return {
    ...profile,
    ...(address !== undefined && { address }),
    ...(namespace !== undefined && { namespace }),
    ...(apiKey !== undefined && { apiKey }),
    ...(isAsked && { tls: { ...profile.tls, ...own, disabled: false } }),
    ...(grpcMeta !== undefined && { grpcMeta: { ...profile.grpcMeta, ...grpcMeta } }),
  };
}

function loadProfile(variables: Record<string, string>, { profile, configFile }: ServerOverrides): ClientConfigProfile {
  try {
    return loadClientConfigProfile({
      overrideEnvVars: variables,
      ...(profile && { profile }),
      // Read here, since the SDK passes over a file that isn't there.
      ...(configFile !== undefined && { configSource: { data: readFileSync(configFile) } }),
    });
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    const remedy =
      configFile === undefined
        ? 'Correct the file that TEMPORAL_CONFIG_FILE names (by default temporalio/temporal.toml in your configuration folder) and TEMPORAL_PROFILE, or unset them.'
        : `Correct ${configFile}, or give another one with --config-file.`;
    // The first line only, and no cause: what a parser shows of the file may be its API key.
    throw new TemporalServerMisconfigured(
      `The Temporal client configuration cannot be read: ${reasonOf(why)}. ${remedy}`,
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
