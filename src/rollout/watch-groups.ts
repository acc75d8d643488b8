import { type HealthCheck, type WatchGroup, withCodes } from './health.js';
import type { Target } from './target.js';

/** A target under watch, with the stage that changes it. */
export interface Watched {
  readonly stage: string;
  readonly target: Target;
}

/** How one target is looked at. */
export interface Look {
  readonly checks: readonly HealthCheck[];
  /** Status codes read before the change, in the order of the checks. */
  readonly codes?: readonly (number | null)[] | undefined;
}

/** @example watchId('arn:aws:lightsail:us-east-1:111122223333:Instance/0f3e') // 'Instance/0f3e' */
export function watchId(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

/** Puts together what is looked at alike, so that each instance costs its ID only. */
export function groupWatched(members: readonly Watched[], lookAt: (arn: string) => Look): WatchGroup[] {
  const groups = new Map<string, WatchGroup & { readonly ids: string[] }>();
  for (const { stage, target } of members) {
    const { checks, codes } = lookAt(target.arn);
    const alike = { stage, desired: target.desired, checks: withCodes(checks, codes) };
    const key = JSON.stringify(alike);
    const group = groups.get(key) ?? { ...alike, ids: [] };
    group.ids.push(watchId(target.arn));
    groups.set(key, group);
  }
  return [...groups.values()];
}
