import type { Call } from '../../src/simulator/index.js';

/** Of a simulator: as many pages as instances. So no sweep is cheaper than to read them one by one, and each reading names one. */
export const SINGLE_READS = { pageSize: 1 } as const;

/**
 * The most instances that were in change at one moment: each from its Update until the reading that ended its change,
 * after which nobody asked for it again. Told by the order in which the calls arrived: exactly with {@link SINGLE_READS};
 * where sweeps have read them, at least so many were in change, since each ends with the first page after its Update.
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
      const to = own.at(-1) ?? firstPage(calls, from);
      if (to === undefined) throw new Error(`${key} was never read after its Update`);
      changes.push({ from, to });
    });
  }
  return changes;
}

function firstPage(calls: readonly Call[], from: number): number | undefined {
  const region = calls[from]?.region;
  const at = calls.findIndex(
    (call, index) => index > from && call.operation === 'GetInstances' && call.region === region,
  );
  return at === -1 ? undefined : at;
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
