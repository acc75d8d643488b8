import { until } from './wait.js';
import type { World } from './world.js';

/** Waits until the fleet has been read so many times more: as many rounds of a health watch, where nothing else reads it. */
export async function readings(world: World, count: number): Promise<void> {
  const sweeps = () => world.simulator.state.calls({ operation: 'GetInstances' }).length;
  const before = sweeps();
  await until(() => {
    if (sweeps() < before + count) throw new Error(`${sweeps() - before} of ${count} readings so far`);
  });
}

/** From now on no reading of the fleet succeeds. */
export function blindfold(world: World): void {
  world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ServiceException' } });
}
