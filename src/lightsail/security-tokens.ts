import type { STSClientConfig } from '@aws-sdk/client-sts';
import { findKeys, withinDeadline } from './call-deadline.js';
import { classifyError } from './errors.js';
import { NamedError } from './named-error.js';
import { monotonicNow } from './wait-clock.js';

/** Keys that requests are signed with. They never leave this folder. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Who the credentials belong to. */
export interface CallerIdentity {
  /** Account ID. */
  readonly account: string;
  readonly arn: string;
}

export interface RoleRequest {
  readonly role: string;
  readonly externalId?: string;
  readonly sessionName: string;
}

/** The keys of a role's session, when it was opened by the monotonic clock, and for how long it lasts; milliseconds. */
export interface RoleKeys {
  readonly keys: Keys;
  readonly openedAt: number;
  readonly lifetime: number;
}

/** An hour is the most that a role may ask for which is assumed by a role (IAM user guide, role chaining). */
const SESSION_SECONDS = 3_600;

/** The part of STS that accounts need. Loaded when it is first used: most processes have one account, and no role. */
export class SecurityTokens {
  /** @param timeoutMs - that one call may take, repeated requests included; in milliseconds */
  constructor(
    private readonly config: STSClientConfig,
    private readonly timeoutMs: number,
  ) {}

  /** Whose keys these are; left out, those of this process. Needs no permission (API reference of GetCallerIdentity). */
  async identityOf(keys?: Keys): Promise<CallerIdentity> {
    const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
    const reply = await this.#use('GetCallerIdentity', keys, (client, options) =>
      client.send(new GetCallerIdentityCommand({}), options),
    );
    const { Account: account, Arn: arn = '' } = reply;
    if (account === undefined) throw new NamedError('EmptyReply', 'STS answered without an account. Try again.');
    return { account, arn };
  }

  /** @throws an error with the service's own name, whose message names the role; never the external ID */
  async assume({ role, externalId, sessionName }: RoleRequest): Promise<RoleKeys> {
    const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
    const request = {
      RoleArn: role,
      RoleSessionName: sessionName,
      DurationSeconds: SESSION_SECONDS,
      ...(externalId !== undefined && { ExternalId: externalId }),
    };
    const openedAt = monotonicNow();
    const { reply, now } = await this.#use('AssumeRole', undefined, async (client, options) => {
      const answer = await client.send(new AssumeRoleCommand(request), options);
      // The SDK has learned from this very answer how far this machine's clock is from that of STS, which names the end.
      return { reply: answer, now: Date.now() + client.config.systemClockOffset };
    }).catch((error: unknown) => Promise.reject(roleRefused(error, role, externalId)));
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = reply.Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || Expiration === undefined) {
      throw new NamedError('EmptyReply', `STS opened a session of ${role} without keys. Try again.`);
    }
    return {
      keys: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
      openedAt,
      lifetime: Math.max(0, Expiration.getTime() - now),
    };
  }

  async #use<T>(
    operation: string,
    keys: Keys | undefined,
    send: (
      client: import('@aws-sdk/client-sts').STSClient,
      options: { readonly abortSignal: AbortSignal },
    ) => Promise<T>,
  ): Promise<T> {
    const { STSClient } = await import('@aws-sdk/client-sts');
    const client = new STSClient({ ...this.config, ...(keys !== undefined && { credentials: keys }) });
    try {
      await findKeys(client);
      return await withinDeadline({ what: `${operation} of STS`, ms: this.timeoutMs }, (abortSignal) =>
        send(client, { abortSignal }),
      );
    } finally {
      client.destroy();
    }
  }
}

/** Keeps the name, by which it is decided whether to try again. */
function roleRefused(error: unknown, role: string, externalId: string | undefined): Error {
  const { name, message: said, requestId } = classifyError(error);
  // An answer to a malformed one quotes it.
  const message = externalId ? said.replaceAll(externalId, '[redacted]') : said;
  const remedy = "Check the role's trust policy, its external ID, and that these credentials may assume it.";
  return Object.assign(new Error(`${role} can't be assumed: ${message}. ${remedy}`), {
    name,
    $metadata: requestId === undefined ? {} : { requestId },
  });
}
