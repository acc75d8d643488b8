import {
  GetInstanceCommand,
  GetInstanceMetricDataCommand,
  GetInstancesCommand,
  GetRegionsCommand,
  LightsailClient,
  type LightsailClientConfig,
  UpdateInstanceMetadataOptionsCommand,
} from '@aws-sdk/client-lightsail';
import type { CallOptions, Lightsail, LightsailFor } from './api.js';
import { NamedError } from './named-error.js';
import { pacedCalls } from './paced-calls.js';
import { DEFAULT_PACING, Pacer, type PacingLimits } from './pacer.js';

/** Milliseconds that one request may take, and that its connection may stay silent. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

/** Connections a client may hold open; further requests wait for one, within their own timeout. */
export const DEFAULT_MAX_SOCKETS = 50;

export interface SdkLightsailConfig {
  /** Goes before `AWS_ENDPOINT_URL_LIGHTSAIL` and `AWS_ENDPOINT_URL`, which the SDK honours by itself. */
  readonly endpoint?: string;
  /** Left out: the SDK's default chain (environment, profile, SSO, container or instance role). */
  readonly credentials?: NonNullable<LightsailClientConfig['credentials']>;
  /** The ID of the account that the credentials belong to; a scope may name it. */
  readonly account?: string;
  /** Milliseconds. */
  readonly requestTimeoutMs?: number;
  readonly maxSockets?: number;
  /**
   * The most calls to one region, by all activities of this process. Default: 5 a second, with bursts of 10; none where
   * the endpoint is on loopback, as a simulator's is.
   */
  readonly pacing?: PacingLimits;
}

export interface SdkLightsail {
  readonly lightsail: LightsailFor;
  /** Finds the credentials, so that their absence shows before they are needed. Sends nothing to Lightsail. @throws why there are none */
  checkCredentials(): Promise<void>;
  /** Closes the connections of all clients. */
  close(): void;
}

/**
 * Lightsail through the AWS SDK, with one client per region.
 *
 * @throws NamedError `AccountNotConfigured`, from `lightsail(scope)`, for an account other than the credentials' own.
 * @example
 * const { lightsail, close } = createSdkLightsail();
 * const page = await lightsail({ region: 'eu-west-1' }).getInstances({});
 * close();
 */
export function createSdkLightsail(config: SdkLightsailConfig = {}): SdkLightsail {
  const clients = new Map<string, { client: LightsailClient; lightsail: Lightsail }>();
  let closed = false;

  function clientOf(region: string): Lightsail {
    const known = clients.get(region);
    if (known) return known.lightsail;
    const client = new LightsailClient(clientConfig(region, config));
    const lightsail = pace(adapt(client), config);
    clients.set(region, { client, lightsail });
    return lightsail;
  }

  return {
    lightsail: ({ region, account }) => {
      if (closed) throw new NamedError('LightsailClosed', 'The Lightsail clients of this process are closed.');
      if (account !== undefined && account !== config.account) throw accountNotConfigured(account, config.account);
      return clientOf(region);
    },
    checkCredentials: async () => {
      const client = new LightsailClient(clientConfig('us-east-1', config));
      await client.config.credentials();
      client.destroy();
    },
    close: () => {
      closed = true;
      for (const { client } of clients.values()) client.destroy();
      clients.clear();
    },
  };
}

function clientConfig(region: string, config: SdkLightsailConfig): LightsailClientConfig {
  const timeout = config.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  const agent = { maxSockets: config.maxSockets ?? DEFAULT_MAX_SOCKETS };
  return {
    region,
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    ...(config.credentials !== undefined && { credentials: config.credentials }),
    // One request a call: Temporal retries. The mode is fixed too, as AWS_RETRY_MODE=adaptive would add waits.
    maxAttempts: 1,
    retryMode: 'standard',
    requestHandler: {
      requestTimeout: timeout,
      // Without this the SDK only logs (@smithy/node-http-handler, set-request-timeout).
      throwOnRequestTimeout: true,
      // requestTimeout ends when the headers are there; this one ends a body that stalls.
      socketTimeout: timeout,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

function adapt(client: LightsailClient): Lightsail {
  const aborting = ({ abortSignal }: CallOptions = {}) => (abortSignal === undefined ? {} : { abortSignal });
  return {
    getInstance: (request, call) => client.send(new GetInstanceCommand(request), aborting(call)),
    getInstances: (request, call) => client.send(new GetInstancesCommand(request), aborting(call)),
    updateInstanceMetadataOptions: (request, call) =>
      client.send(new UpdateInstanceMetadataOptionsCommand(request), aborting(call)),
    getInstanceMetricData: (request, call) => client.send(new GetInstanceMetricDataCommand(request), aborting(call)),
    getRegions: (request, call) => client.send(new GetRegionsCommand(request), aborting(call)),
  };
}

function pace(lightsail: Lightsail, { endpoint, pacing }: SdkLightsailConfig): Lightsail {
  const { AWS_ENDPOINT_URL_LIGHTSAIL, AWS_ENDPOINT_URL } = process.env;
  const isSimulated = isLoopback(endpoint ?? AWS_ENDPOINT_URL_LIGHTSAIL ?? AWS_ENDPOINT_URL);
  const limits = pacing ?? (isSimulated ? undefined : DEFAULT_PACING);
  return limits === undefined ? lightsail : pacedCalls(lightsail, new Pacer(limits));
}

function isLoopback(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  return /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(endpoint).hostname);
}

function accountNotConfigured(account: string, own: string | undefined): NamedError {
  return new NamedError(
    'AccountNotConfigured',
    `Account ${account} has no credentials here: only ${own ?? "the credentials' own account"} can be reached. ` +
      'Run a worker with credentials of that account, or leave the account out.',
  );
}
