import type { FleetInstance } from '../rollout/instance.js';
import type { CallOptions, Lightsail } from './api.js';
import { classifyError } from './errors.js';
import { NamedError } from './named-error.js';
import { toFleetInstance } from './reading.js';

/**
 * The instance of that name, or undefined where there is none.
 *
 * @throws what the call throws, and NamedError `EmptyReply` for a reply that can't be read: it is no proof of anything
 */
export async function readOne(
  lightsail: Pick<Lightsail, 'getInstance'>,
  name: string,
  call: CallOptions = {},
): Promise<FleetInstance | undefined> {
  try {
    const { instance, $metadata } = await lightsail.getInstance({ instanceName: name }, call);
    const read = instance === undefined ? undefined : toFleetInstance(instance);
    if (read !== undefined) return read;
    const why = 'GetInstance answered without a readable instance. Try again.';
    throw new NamedError('EmptyReply', why, $metadata.requestId);
  } catch (error) {
    if (classifyError(error).kind === 'gone') return undefined;
    throw error;
  }
}
