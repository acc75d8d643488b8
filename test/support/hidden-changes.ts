import type { GetInstanceCommandOutput } from '@aws-sdk/client-lightsail';
import type { WorldOptions } from './world.js';

type Instance = GetInstanceCommandOutput['instance'];

/** From the first Update of an instance to the second, every reading shows it as it was before, as applied. */
export function hideFirstChanges(): NonNullable<WorldOptions['intercept']> {
  const writes = new Map<string, number>();
  const before = new Map<string, Instance>();
  const shown = (instance: Instance): Instance => {
    const { name = '' } = instance ?? {};
    const count = writes.get(name) ?? 0;
    if (count === 0) before.set(name, instance);
    return count === 1 ? before.get(name) : instance;
  };
  return (lightsail) => ({
    ...lightsail,
    getInstance: async (request, call) => {
      const reply = await lightsail.getInstance(request, call);
      const instance = shown(reply.instance);
      return { ...reply, ...(instance !== undefined && { instance }) };
    },
    getInstances: async (request, call) => {
      const reply = await lightsail.getInstances(request, call);
      return { ...reply, instances: (reply.instances ?? []).flatMap((instance) => shown(instance) ?? []) };
    },
    updateInstanceMetadataOptions: (request, call) => {
      const { instanceName = '' } = request;
      writes.set(instanceName, (writes.get(instanceName) ?? 0) + 1);
      return lightsail.updateInstanceMetadataOptions(request, call);
    },
  });
}
