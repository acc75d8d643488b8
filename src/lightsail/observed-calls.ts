import type { Instance } from '@aws-sdk/client-lightsail';
import { type CallOptions, type Lightsail, passCaller } from './api.js';
import { memberOf } from './untrusted.js';

/** One page that was read. */
interface ObservedPage {
  readonly token: string | undefined;
  readonly next: string | undefined;
  readonly instances: readonly Instance[];
}

/** Who is told of answers; `asked` is when a request was sent, by the monotonic clock, in milliseconds. */
export interface Observer {
  now(): number;
  onInstance(instance: Instance | undefined, asked: number): void;
  onPage(page: ObservedPage, asked: number): void;
  /** An Update is about to be sent, or has been answered in whatever way. */
  onUpdate(name: string): void;
}

/** The same Lightsail, beside which somebody looks on. */
export function observedCalls(lightsail: Lightsail, observer: Observer): Lightsail {
  const timed = async <T>(call: CallOptions | undefined, send: (call: CallOptions) => Promise<T>) => {
    let asked = observer.now();
    const onSend = () => {
      // It has waited for its turn.
      asked = observer.now();
      call?.onSend?.();
    };
    return { reply: await send({ ...call, onSend }), asked: () => asked };
  };
  return {
    getInstance: async (request, call) => {
      const { reply, asked } = await timed(call, (timedCall) => lightsail.getInstance(request, timedCall));
      // An answer about another instance is an error of this call, and no reading of that one.
      const isAsked = memberOf(reply.instance, 'name') === request.instanceName;
      observer.onInstance(isAsked ? reply.instance : undefined, asked());
      return reply;
    },
    getInstances: async (request, call) => {
      const { reply, asked } = await timed(call, (timedCall) => lightsail.getInstances(request, timedCall));
      // Missing members can be null on the wire.
      const instances = Array.isArray(reply.instances) ? reply.instances : [];
      observer.onPage(
        { token: request.pageToken, next: reply.nextPageToken ? reply.nextPageToken : undefined, instances },
        asked(),
      );
      return reply;
    },
    updateInstanceMetadataOptions: async (request, call) => {
      const name = request.instanceName;
      if (name !== undefined) observer.onUpdate(name);
      try {
        return await lightsail.updateInstanceMetadataOptions(request, call);
      } finally {
        if (name !== undefined) observer.onUpdate(name);
      }
    },
    getInstanceMetricData: (request, call) => lightsail.getInstanceMetricData(request, call),
    getOperations: (request, call) => lightsail.getOperations(request, call),
    getRegions: (request, call) => lightsail.getRegions(request, call),
    ...(lightsail.reserveWrite !== undefined && {
      reserveWrite: (call) => lightsail.reserveWrite?.(call) ?? Promise.resolve(),
    }),
    ...passCaller(lightsail),
  };
}
