import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { FaultInput, ScenarioInput } from '../../src/simulator/index.js';

/** Everything that one run of the campaign is made of; generated, so that a seed repeats it, and shrunk where it fails. */
export interface Script {
  readonly fleet: NonNullable<ScenarioInput['fleet']>;
  readonly scenario: Pick<ScenarioInput, 'seed' | 'latency' | 'pending' | 'stale' | 'pageSize' | 'throttle'>;
  readonly spec: Omit<RolloutSpecInput, 'name' | 'targets'>;
  readonly faults: readonly FaultInput[];
  readonly actions: readonly Action[];
  /** What an operator does once the rollout has ended; after a terminate or a reset there is at least one rollback. */
  readonly after: 'nothing' | 'rollback' | 'rollback twice';
}

/** When something happens: so many milliseconds after the start, or as soon as so many Updates have arrived. */
export type Moment = { readonly ms: number } | { readonly updates: number };

/** What operators do. */
export type OperatorAction =
  | { readonly do: 'pause' | 'resume' | 'approve' | 'reject' | 'skipBake' }
  | { readonly do: 'cancel' | 'terminate' }
  | { readonly do: 'abort'; readonly mode: 'halt' | 'rollback' }
  | { readonly do: 'revert'; readonly instance: number }
  /** To the workflow task at this share of those that have completed. */
  | { readonly do: 'reset'; readonly share: number }
  /** Another rollout over the first region of the same account, which asks for a hop limit of {@link RIVAL_HOPS}. */
  | { readonly do: 'rival'; readonly waits: boolean };

/** What others do to an instance behind the rollout's back; `instance` counts through the fleet. */
export type WorldAction = {
  readonly do: 'flip tokens' | 'set hops' | 'delete' | 'recreate' | 'stop' | 'fail checks' | 'opt out';
  readonly instance: number;
};

/** What happens to machines and networks. */
export type MachineAction =
  | { readonly do: 'kill worker'; readonly worker: number }
  | { readonly do: 'kill all workers'; readonly awayMs: number }
  /** In order, as a deployment does: it drains, and another one takes its place. */
  | { readonly do: 'restart worker'; readonly worker: number }
  | { readonly do: 'kill server' }
  | { readonly do: 'cut off Temporal' | 'cut off Lightsail'; readonly forMs: number };

export type Action = (OperatorAction | WorldAction | MachineAction) & { readonly when: Moment };

export const RIVAL_HOPS = 7;

/** Asked for by whoever comes last, to see that the leases can be had. */
export const HEIRS_HOPS = 8;

/** Set by others: no spec asks for it. */
export const FOREIGN_HOPS = 9;

/** Names of all instances, in the order in which actions count them. */
export function instancesOf({ fleet }: Pick<Script, 'fleet'>): { readonly region: string; readonly name: string }[] {
  return fleet.flatMap(({ region, prefix, count }) =>
    Array.from({ length: count }, (_, index) => ({ region, name: `${prefix}${index + 1}` })),
  );
}

export function regionsOf({ fleet }: Pick<Script, 'fleet'>): string[] {
  return [...new Set(fleet.map(({ region }) => region))];
}
