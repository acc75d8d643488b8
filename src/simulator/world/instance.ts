import type { Health } from './health.js';
import type { History } from './history.js';
import type { OptionChange } from './option-change.js';

/** A state that an instance can be in. */
export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** The states with EC2's codes; Lightsail documents only `running` and `pending` by name. */
export const INSTANCE_STATES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const satisfies Record<InstanceState, number>;

/** One account in one region: the space in which an instance name is unique. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** Where an instance is found. */
export interface InstanceRef extends Scope {
  readonly name: string;
}

/** What is fixed at an instance's creation. */
interface InstanceIdentity extends InstanceRef {
  readonly arn: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly blueprint: string;
  /** Rises with every instance that is created; the order of pages. */
  readonly sequence: number;
}

/** An instance: its identity, and what changes. */
export interface SimulatedInstance extends InstanceIdentity {
  tags: Readonly<Record<string, string>>;
  state: InstanceState;
  change: OptionChange;
  health: Health;
  /** Calls an hour without a token that its metrics report; null while they have no data. */
  tokenless: number | null;
  readonly history: History;
  /** How many updates it has accepted. */
  updates: number;
}

/** The key of a scope in maps. */
export function scopeKey(scope: Scope): string {
  return `${scope.account}/${scope.region}`;
}
