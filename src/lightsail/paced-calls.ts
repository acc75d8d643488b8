import { type CallOptions, type Lightsail, passCaller } from './api.js';
import { classifyError } from './errors.js';
import type { CallKind, Pacer } from './pacer.js';
import { SAY_SO, sayWhileWaiting } from './say-while-waiting.js';

/**
 * A Lightsail whose calls wait for their turn, and slow the pacer down where the service throttles them.
 *
 * @param saySo - how often a call that waits says so, in milliseconds
 */
export function pacedCalls(lightsail: Lightsail, pacer: Pacer, saySo = SAY_SO): Lightsail {
  const ready = (kind: CallKind, call: CallOptions = {}) =>
    sayWhileWaiting(call, saySo, (signal) => pacer.turn(kind, signal));
  const paced = async <T>(kind: CallKind, call: CallOptions | undefined, send: () => Promise<T>): Promise<T> => {
    if (call?.reserved !== true) await ready(kind, call);
    call?.onSend?.();
    try {
      return await send();
    } catch (error) {
      if (classifyError(error).kind === 'throttled') pacer.throttled();
      throw error;
    }
  };
  return {
    getInstance: (request, call) =>
      paced(call?.urgent === true ? 'urgent' : 'read', call, () => lightsail.getInstance(request, call)),
    getInstances: (request, call) => paced('read', call, () => lightsail.getInstances(request, call)),
    updateInstanceMetadataOptions: (request, call) =>
      paced('write', call, () => lightsail.updateInstanceMetadataOptions(request, call)),
    getInstanceMetricData: (request, call) => paced('read', call, () => lightsail.getInstanceMetricData(request, call)),
    getOperations: (request, call) => paced('read', call, () => lightsail.getOperations(request, call)),
    getRegions: (request, call) => paced('read', call, () => lightsail.getRegions(request, call)),
    reserveWrite: (call) => ready('write', call),
    ...passCaller(lightsail),
  };
}
