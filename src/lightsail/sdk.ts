import { LightsailClient, type LightsailClientConfig } from '@aws-sdk/client-lightsail';
import { type AccountRoles, Accounts } from './accounts.js';
import type { CallScope, Lightsail, LightsailFor } from './api.js';
import { findKeys } from './call-deadline.js';
import { ClockWatch } from './clock.js';
import { NamedError } from './named-error.js';
import { DEFAULT_PACING, limitCalls, type PacingLimits, RateLimiter } from './rate-limiter.js';
import { REGION_TO_ASK } from './regions.js';
import { RequestHandler } from './request-handler.js';
import { sessionName } from './role-session.js';
import { adapt, ownClient, roleClient } from './scope-clients.js';
import { type CallerIdentity, SecurityTokens } from './security-tokens.js';

/** Milliseconds that one call may take, to the last byte of its answer. */
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

/** Milliseconds that one request to STS may take. */
const STS_TIMEOUT_MS = 3_000;

/** Requests of one call to STS. */
const STS_ATTEMPTS = 2;

/** Connections to one account and region; further requests wait for one, within their own timeout. */
const DEFAULT_MAX_SOCKETS = 50;

/** How Lightsail is reached by the AWS SDK. */
export interface SdkLightsailConfig {
  /** Goes before `AWS_ENDPOINT_URL_LIGHTSAIL` and `AWS_ENDPOINT_URL`, which the SDK honours by itself. */
  readonly endpoint?: string;
  /**
   * Default: `endpoint`, or what `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_LIGHTSAIL` says: where Lightsail
   * is reached elsewhere, as at a simulator or through a gateway, STS is too unless it is named by itself.
   */
  readonly stsEndpoint?: string;
  /** Left out: the SDK's default chain (environment, profile, SSO, container or instance role). */
  readonly credentials?: NonNullable<LightsailClientConfig['credentials']>;
  /** The ID of the account that the credentials belong to. Left out, STS is asked where a scope names an account. */
  readonly account?: string;
  /** Other accounts, by the roles that reach them. */
  readonly accounts?: AccountRoles;
  /** Milliseconds that one call may take, from its request to the last byte of the answer. Default: 10 seconds. */
  readonly requestTimeoutMs?: number;
  /** Connections to one account and region. Default: 50. */
  readonly maxSockets?: number;
  /** The most calls to one account and region, by all activities of this process. Default: 5 a second, without bursts. */
  readonly pacing?: PacingLimits;
}

/** Lightsail by the AWS SDK, with what a process has to do about it. */
export interface SdkLightsail {
  /** What a plugin or a worker takes. */
  readonly lightsail: LightsailFor;
  /** Who the credentials belong to, or the role of an account. @throws why there are none, or why they are refused */
  identityOf(account?: string): Promise<CallerIdentity>;
  /** Finds the credentials, so that their absence shows before they are needed. Sends nothing to Lightsail. @throws why there are none */
  checkCredentials(): Promise<void>;
  /** Milliseconds by which this machine's clock is ahead of AWS's, to about a second; undefined before the first reply. */
  clockSkew(): number | undefined;
  /** Closes the connections of all clients. */
  close(): void;
}

/** What all calls to one account and region have in common. */
interface ScopeClients {
  /** Owns the connections. */
  readonly client: LightsailClient;
  readonly limiter: RateLimiter;
  /** By the name of the role's session; one for all without a role. */
  readonly lightsails: Map<string, Lightsail>;
}

/** Sessions of one role in one region that are remembered; each rollout has its own. */
const MAX_SESSIONS = 50;

/**
 * Lightsail through the AWS SDK: for the process's own account and for accounts by role, in any region.
 *
 * Credentials are looked for at the first call: see {@link SdkLightsail.checkCredentials}.
 *
 * A call to an account that is neither is refused with a NamedError `AccountNotConfigured`, before anything is sent to
 * Lightsail; so is one whose role turns out to be of another account.
 *
 * @example
 * const { lightsail, close } = createSdkLightsail({
 *   accounts: { '444455556666': { role: 'arn:aws:iam::444455556666:role/imds-rollout', externalId } },
 * });
 * const page = await lightsail({ region: 'eu-west-1', account: '444455556666' }).getInstances({});
 * close();
 */
export function createSdkLightsail(config: SdkLightsailConfig = {}): SdkLightsail {
  const scopes = new Map<string, ScopeClients>();
  const tokens = new SecurityTokens(stsConfig(config), STS_ATTEMPTS * stsTimeout(config));
  const accounts = new Accounts(tokens, config.accounts ?? {}, config.account);
  const clock = new ClockWatch();
  let closed = false;

  function clientsOf(account: string | undefined, region: string): ScopeClients {
    // Without a role an account is the process's own, or refused: one and the same, named or not.
    const key = accounts.roleOf(account) === undefined ? region : `${account}/${region}`;
    const known = scopes.get(key);
    if (known !== undefined) return known;
    const client = new LightsailClient(clientConfig(region, config));
    clock.listen(client);
    const made = {
      client,
      limiter: new RateLimiter(config.pacing ?? DEFAULT_PACING),
      lightsails: new Map<string, Lightsail>(),
    };
    scopes.set(key, made);
    return made;
  }

  function lightsail({ region, account, purpose }: CallScope): Lightsail {
    if (closed) throw new NamedError('LightsailClosed', 'The Lightsail clients of this process are closed.');
    const { client, limiter, lightsails } = clientsOf(account, region);
    const hasRole = account !== undefined && accounts.roleOf(account) !== undefined;
    const name = hasRole ? sessionName(purpose) : account === undefined || accounts.isOwn(account) ? '' : account;
    const known = lightsails.get(name);
    if (known !== undefined) {
      // The one that was used longest ago is forgotten first.
      lightsails.delete(name);
      lightsails.set(name, known);
      return known;
    }
    const source = hasRole
      ? roleClient(
          accounts.sessionOf(account, purpose),
          { ...clientConfig(region, config), requestHandler: client.config.requestHandler },
          clock,
        )
      : ownClient(client);
    const calls = adapt(
      source,
      {
        account: () => accounts.confirm(account),
        region: async () => accounts.confirmRegion(account, region),
      },
      { region, timeoutMs: config.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS },
    );
    const identified = { ...calls, caller: () => accounts.callerOf(account, purpose), now: () => clock.now };
    const made = limitCalls(identified, limiter);
    const [oldest] = lightsails.keys();
    if (lightsails.size >= MAX_SESSIONS && oldest !== undefined) lightsails.delete(oldest);
    lightsails.set(name, made);
    return made;
  }

  return {
    lightsail,
    identityOf: (account) => accounts.identityOf(account),
    checkCredentials: async () => {
      const client = new LightsailClient(clientConfig(REGION_TO_ASK, config));
      await findKeys(client).finally(() => client.destroy());
    },
    clockSkew: () => clock.skew,
    close: () => {
      closed = true;
      for (const { client } of scopes.values()) client.destroy();
      scopes.clear();
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
    requestHandler: new RequestHandler({
      requestTimeout: timeout,
      // Without this the SDK only logs (@smithy/node-http-handler, set-request-timeout).
      throwOnRequestTimeout: true,
      // requestTimeout ends when the headers are there; this one ends a body that stalls.
      socketTimeout: timeout,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  };
}

/** Within the time that an attempt may be silent: keys may be wanted between the record of a write and the write. */
function stsTimeout({ requestTimeoutMs = STS_TIMEOUT_MS }: SdkLightsailConfig): number {
  return Math.min(STS_TIMEOUT_MS, requestTimeoutMs);
}

function stsConfig(config: SdkLightsailConfig) {
  const timeout = stsTimeout(config);
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const { AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_LIGHTSAIL } = process.env;
  const endpoint =
    config.stsEndpoint ?? config.endpoint ?? (AWS_ENDPOINT_URL_STS || AWS_ENDPOINT_URL || AWS_ENDPOINT_URL_LIGHTSAIL);
  return {
    maxAttempts: STS_ATTEMPTS,
    // Keys of a regional endpoint are good in every region.
    region: AWS_REGION || AWS_DEFAULT_REGION || REGION_TO_ASK,
    ...(endpoint !== undefined && { endpoint }),
    ...(config.credentials !== undefined && { credentials: config.credentials }),
    requestHandler: { requestTimeout: timeout, throwOnRequestTimeout: true, socketTimeout: timeout },
  };
}
