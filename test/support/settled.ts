import type { World } from './world.js';

/** All that was begun has been finished: every instance that got an Update reads as applied with the wanted value. */
export function isSettled(world: World): boolean {
  return world.updates().every(({ instanceName, region }) => {
    const options = world.instance(instanceName ?? '', region ?? '').metadataOptions;
    return options?.state === 'applied' && options.httpTokens === 'required';
  });
}
