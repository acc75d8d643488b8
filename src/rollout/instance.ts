import type { MetadataOptions } from './options.js';

/** An instance as discovery read it: the part of Lightsail's `Instance` that decisions need. */
export interface FleetInstance {
  readonly arn: string;
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** ISO 8601, UTC. */
  readonly createdAt?: string;
  readonly blueprint?: string;
  /** `running`, `stopped`, `pending`, … as the API names it; `unknown` where it says nothing. */
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Missing: the reply had no `metadataOptions`, so nothing is known and the instance must not be called compliant. */
  readonly options?: MetadataOptions;
  readonly optionsState?: 'pending' | 'applied';
  /** Which of Lightsail's status checks it fails, where they were asked for. */
  readonly impaired?: string;
  /** Why it is not one of the place in whose listing it stands: it must not be changed. */
  readonly outOfScope?: string;
}

/** A tag that takes an instance out of every rollout: `imds-rollout: skip`. */
export const OPT_OUT_TAG = { key: 'imds-rollout', value: 'skip' } as const;

/** On the way from one state to another: the service refuses Updates meanwhile (inferred; only running and stopped are documented to take them). */
const TRANSITIONS: readonly string[] = ['pending', 'stopping', 'shutting-down', 'terminated'];

/** Whether the instance is on its way from one state to another. */
export function isInTransition({ state }: Pick<FleetInstance, 'state'>): boolean {
  return TRANSITIONS.includes(state);
}

/** Whether the owner of the instance has opted out by tag. */
export function hasOptedOut(instance: Pick<FleetInstance, 'tags'>): boolean {
  return instance.tags[OPT_OUT_TAG.key] === OPT_OUT_TAG.value;
}
