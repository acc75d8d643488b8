import {
  GetInstanceCommand,
  GetInstanceMetricDataCommand,
  GetInstancesCommand,
  GetOperationsCommand,
  GetRegionsCommand,
  LightsailClient,
  type LightsailClientConfig,
  UpdateInstanceMetadataOptionsCommand,
} from '@aws-sdk/client-lightsail';
import type { CallOptions, Lightsail } from './api.js';
import { findKeys, withinDeadline } from './call-deadline.js';
import type { ClockWatch } from './clock.js';
import { EXPIRED_NAMES, KEYS_UNAVAILABLE, SESSION_RENEWED } from './error-names.js';
import { classifyError, describeProblem, type LightsailProblem } from './errors.js';
import { NamedError } from './named-error.js';
import type { SendOptions } from './request-handler.js';
import type { RoleSession } from './role-session.js';
import type { Keys } from './security-tokens.js';
import { nameUnreadable } from './unreadable-reply.js';

/** Gives a client that is ready to send; `renew` after its keys were refused as expired. */
export interface ClientSource {
  client(): Promise<LightsailClient>;
  /** @returns whether there are other keys to be had */
  renew(client: LightsailClient): Promise<boolean>;
}

/** A client with the credentials of this process, which the SDK renews by itself. */
export function ownClient(client: LightsailClient): ClientSource {
  return {
    // Outside the deadline of the call, which is too short for a person; and what goes wrong is then known to be about the keys.
    client: async () => {
      await findKeys(client);
      return client;
    },
    renew: async () => false,
  };
}

/**
 * The SDK's chain ends in the same words whether no keys are configured or the service that hands them out is down: its
 * last link knows nothing of the others. Where the environment names such a service, there are keys to be had from it.
 */
function isSourceAway({ name }: Pick<LightsailProblem, 'name'>): boolean {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_WEB_IDENTITY_TOKEN_FILE } =
    process.env;
  const isNamed =
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || AWS_CONTAINER_CREDENTIALS_FULL_URI || AWS_WEB_IDENTITY_TOKEN_FILE;
  return name === 'CredentialsProviderError' && isNamed !== undefined && isNamed !== '';
}

/** A client with the keys of a role: another one for other keys, over the same connections. */
export function roleClient(session: RoleSession, config: LightsailClientConfig, clock: ClockWatch): ClientSource {
  let current: { readonly keys: Keys; readonly client: LightsailClient } | undefined;
  return {
    client: async () => {
      const keys = await session.keys();
      if (current?.keys !== keys) {
        current = { keys, client: new LightsailClient({ ...config, credentials: keys }) };
        clock.listen(current.client);
      }
      return current.client;
    },
    renew: async (client) => {
      // Somebody else's renewal is as good.
      if (current?.client === client) await session.drop(current.keys);
      return true;
    },
  };
}

/** What throws where calls may not be sent: to this account, or, beside asking for its regions, to this region. */
interface Confirmation {
  readonly account: () => Promise<void>;
  readonly region: () => Promise<void>;
}

/** Where calls go, and how long each may take. */
interface CallTarget {
  readonly region: string;
  /** Milliseconds, from the request to the last byte of the answer. */
  readonly timeoutMs: number;
}

/**
 * One request a call, but for keys that were refused as expired: such a request has had no effect, and a reading is sent
 * once more.
 *
 * @param confirmation - whether calls may be sent at all; asked until it has agreed once
 */
export function adapt(
  source: ClientSource,
  { account, region }: Confirmation,
  { region: where, timeoutMs }: CallTarget,
): Lightsail {
  let isConfirmed = false;
  const confirm = async () => {
    if (isConfirmed) return;
    await account();
    await region();
    isConfirmed = true;
  };
  const ready = async (confirming: () => Promise<void>) => {
    try {
      await confirming();
      return await source.client();
    } catch (error) {
      const problem = classifyError(error);
      const isAway = problem.kind === 'transient' || problem.kind === 'throttled' || isSourceAway(problem);
      if (!isAway) throw error;
      throw new NamedError(KEYS_UNAVAILABLE, `no keys for now: ${describeProblem(problem)}`);
    }
  };
  const send = async <T>(
    { operation, of, call: { abortSignal } = {} }: Sending,
    request: (client: LightsailClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    { confirming = confirm, isWrite = false } = {},
  ): Promise<T> => {
    const what = `${operation} of ${of === undefined ? where : `${where}/${of}`}`;
    const within = (client: LightsailClient) =>
      withinDeadline({ what, ms: timeoutMs, abortSignal }, (signal) =>
        request(client, { abortSignal: signal }).catch((error: unknown) => {
          throw nameUnreadable(error, what);
        }),
      );
    const client = await ready(confirming);
    try {
      return await within(client);
    } catch (error) {
      if (!EXPIRED_NAMES.includes(classifyError(error).name) || !(await source.renew(client))) throw error;
      // Opening another session may take longer than a write may, after it was recorded.
      if (isWrite) throw new NamedError(SESSION_RENEWED, 'the keys of the session have ended; it is opened anew');
      return within(await ready(confirming));
    }
  };
  return {
    getInstance: (request, call) =>
      send({ operation: 'GetInstance', of: request.instanceName, call }, (client, options) =>
        client.send(new GetInstanceCommand(request), options),
      ),
    getInstances: (request, call) =>
      send({ operation: 'GetInstances', call }, (client, options) =>
        client.send(new GetInstancesCommand(request), options),
      ),
    updateInstanceMetadataOptions: (request, call) =>
      send(
        { operation: 'UpdateInstanceMetadataOptions', of: request.instanceName, call },
        (client, options) => {
          const sending: SendOptions = { ...options, ...(call?.confirm !== undefined && { confirm: call.confirm }) };
          return client.send(new UpdateInstanceMetadataOptionsCommand(request), sending);
        },
        { isWrite: true },
      ),
    getInstanceMetricData: (request, call) =>
      send({ operation: 'GetInstanceMetricData', of: request.instanceName, call }, (client, options) =>
        client.send(new GetInstanceMetricDataCommand(request), options),
      ),
    getOperations: (request, call) =>
      send({ operation: 'GetOperations', call }, (client, options) =>
        client.send(new GetOperationsCommand(request), options),
      ),
    getRegions: (request, call) =>
      send(
        { operation: 'GetRegions', call },
        (client, options) => client.send(new GetRegionsCommand(request), options),
        {
          confirming: account,
        },
      ),
    prepareWrite: async () => {
      await ready(confirm);
    },
  };
}

/** One call, as an error names it. */
interface Sending {
  readonly operation: string;
  /** The name of an instance. */
  readonly of?: string | undefined;
  readonly call: CallOptions | undefined;
}
