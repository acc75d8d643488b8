import type { FleetInstance } from '../rollout/instance.js';
import { type Scope, scopeKey } from '../rollout/scope.js';
import type { CallOptions, Lightsail } from './api.js';
import { classifyError } from './errors.js';
import { NamedError } from './named-error.js';
import { toFleetInstance } from './reading.js';
import { memberOf, textOf } from './untrusted.js';

/**
 * The instance of that name, or undefined where there is none.
 *
 * @param scope - where the instance has to be, if that is known
 * @throws what the call throws, and NamedError `EmptyReply` for a reply that can't be read, `WrongInstance` for one about
 * an instance of another name or place: neither is proof of anything
 */
export async function readOne(
  lightsail: Pick<Lightsail, 'getInstance'>,
  name: string,
  call: CallOptions = {},
  scope?: Scope,
): Promise<FleetInstance | undefined> {
  try {
    const { instance, $metadata } = await lightsail.getInstance({ instanceName: name }, call);
    const read = instance === undefined ? undefined : toFleetInstance(instance);
    const given = textOf(memberOf(instance, 'name'));
    if (given !== undefined && given !== name) {
      const why = `GetInstance of ${name} was answered with ${given}, which is another instance`;
      throw new NamedError('WrongInstance', why, $metadata.requestId);
    }
    if (read === undefined) {
      const why = `GetInstance of ${name} was answered without a readable instance`;
      throw new NamedError('EmptyReply', why, $metadata.requestId);
    }
    if (scope !== undefined && scopeKey(read) !== scopeKey(scope)) {
      const why = `GetInstance of ${name} was answered with an instance of another place, ${read.arn}`;
      throw new NamedError('WrongInstance', why, $metadata.requestId);
    }
    return read;
  } catch (error) {
    if (classifyError(error).kind === 'gone') return undefined;
    throw error;
  }
}
