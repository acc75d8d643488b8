import type { FaultInput } from '../../src/simulator/index.js';
import { denied, heldChanges } from './faults.js';
import { waitUntil } from './wait.js';
import type { World, WorldOptions } from './world.js';

/** From now on changes are begun, and none is finished until {@link letGo}; of the next ones, `after` are. */
export function holdChanges(world: World, more: Partial<FaultInput> = {}): void {
  for (const fault of heldChanges(more)) world.simulator.state.addFault(fault);
}

/** Finishes every change that is under way, and clears all faults: from now on everything goes its way. */
export function letGo({ simulator: { state } }: World): void {
  state.clearFaults();
  for (const { account, region, name, metadataOptions } of state.instances()) {
    if (metadataOptions?.state !== 'pending') continue;
    state.patchInstance({ account, region, name }, { metadataOptions: { state: 'applied' } });
  }
}

/**
 * A world in which every Update of these instances is refused for good, but not before so many others were written to:
 * what stops because of them then leaves none of the others out.
 */
export function refusedLast(others: number, ...refused: readonly string[]) {
  const scenario = { faults: denied(...refused) };
  const written = new Set<string>();
  const intercept: NonNullable<WorldOptions['intercept']> = (lightsail) => ({
    ...lightsail,
    updateInstanceMetadataOptions: async (request, call) => {
      const { instanceName = '' } = request;
      if (refused.includes(instanceName)) {
        await waitUntil('the others have been written to', () => written.size >= others);
        return lightsail.updateInstanceMetadataOptions(request, call);
      }
      // However it is answered: what may have been carried out is followed to its end.
      return lightsail.updateInstanceMetadataOptions(request, call).finally(() => written.add(instanceName));
    },
  });
  return { scenario, intercept };
}
