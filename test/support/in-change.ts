import type { Call } from '../../src/simulator/index.js';

/**
 * The most instances that were in change at one moment: each from its Update until the reading that ended its change,
 * after which nobody asked for it again. Told by the order in which the calls arrived.
 */
export function mostInChange(calls: readonly Call[], among: (call: Call) => boolean = () => true): number {
  let inChange = 0;
  let most = 0;
  const steps = changesIn(calls.filter(among)).flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  for (const { by } of steps.sort((a, b) => a.at - b.at)) {
    inChange += by;
    most = Math.max(most, inChange);
  }
  return most;
}

/** Every Update with the last reading that followed it, as positions in the call log. */
function changesIn(calls: readonly Call[]): { readonly from: number; readonly to: number }[] {
  const changes: { from: number; to: number }[] = [];
  for (const [key, positions] of positionsByInstance(calls)) {
    const updates = positions.filter((at) => calls[at]?.operation === 'UpdateInstanceMetadataOptions');
    updates.forEach((from, index) => {
      const next = updates[index + 1];
      const readings = positions.filter((at) => at > from && (next === undefined || at < next));
      // The reading right before the next Update is the one that decided on it: it belongs to the next change.
      const own = next === undefined ? readings : readings.slice(0, -1);
      const to = own.at(-1);
      if (to === undefined) throw new Error(`${key} was never read after its Update`);
      changes.push({ from, to });
    });
  }
  return changes;
}

function positionsByInstance(calls: readonly Call[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  calls.forEach(({ region, instanceName }, at) => {
    if (instanceName === null) return;
    const key = `${region}/${instanceName}`;
    positions.set(key, [...(positions.get(key) ?? []), at]);
  });
  return positions;
}
