import type { Draws } from './draws.js';
import { HEALTHY } from './health.js';
import { beginHistory } from './history.js';
import { type InstanceRef, type InstanceState, type Scope, type SimulatedInstance, scopeKey } from './instance.js';
import { settledAt } from './option-change.js';
import type { MetadataOptions } from './options.js';
import { firstIndexAfter, type Page, pageAfter } from './sequence.js';

/** What a new instance is made from. */
export interface NewInstance extends InstanceRef {
  readonly blueprint: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: InstanceState;
  /** Whether it passes its checks; one that doesn't has failed them from its creation. */
  readonly healthy: boolean;
  /** Calls an hour without a token that its metrics report; null for no data. */
  readonly tokenless: number | null;
  readonly options: MetadataOptions | undefined;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

interface ScopeFleet {
  readonly byName: Map<string, SimulatedInstance>;
  /** In the order of creation. */
  readonly series: SimulatedInstance[];
}

const NO_INSTANCES: readonly SimulatedInstance[] = [];

/** All instances of all accounts and regions. Finding one, and reading a page, cost the same in any fleet. */
export class Fleet {
  private readonly scopes = new Map<string, ScopeFleet>();
  /** How many instances each name has had, so that a reused name gets a new ARN. */
  private readonly incarnations = new Map<string, number>();
  private lastSequence = 0;

  constructor(private readonly draws: Draws) {}

  /** Adds an instance. The caller has made sure that the name is free. */
  create(input: NewInstance): SimulatedInstance {
    const { account, region, name, blueprint, tags, state, healthy, tokenless, options, createdAt } = input;
    const path = `${scopeKey(input)}/${name}`;
    const incarnation = (this.incarnations.get(path) ?? 0) + 1;
    this.incarnations.set(path, incarnation);
    this.lastSequence += 1;
    const arn = `arn:aws:lightsail:${region}:${account}:Instance/${this.draws.guid('arn', path, incarnation)}`;
    const change = settledAt(options);
    const health = healthy ? HEALTHY : { ...HEALTHY, failingSince: createdAt };
    const identity = { account, region, name, arn, createdAt, blueprint, sequence: this.lastSequence };
    const recorded = { ...identity, tags, state, health, tokenless, change, updates: 0 };
    const instance: SimulatedInstance = { ...recorded, history: beginHistory(recorded) };
    const scope = this.openScope(input);
    scope.byName.set(name, instance);
    scope.series.push(instance);
    return instance;
  }

  find(ref: InstanceRef): SimulatedInstance | undefined {
    return this.scopes.get(scopeKey(ref))?.byName.get(ref.name);
  }

  delete(instance: SimulatedInstance): void {
    const scope = this.openScope(instance);
    scope.byName.delete(instance.name);
    scope.series.splice(firstIndexAfter(scope.series, instance.sequence - 1), 1);
  }

  page(scope: Scope, after: number, size: number): Page<SimulatedInstance> {
    return pageAfter(this.scopes.get(scopeKey(scope))?.series ?? NO_INSTANCES, after, size);
  }

  /** Every instance, scope by scope. */
  *all(): Generator<SimulatedInstance> {
    for (const scope of this.scopes.values()) yield* scope.series;
  }

  private openScope(scope: Scope): ScopeFleet {
    const key = scopeKey(scope);
    const found = this.scopes.get(key);
    if (found) return found;
    const opened: ScopeFleet = { byName: new Map(), series: [] };
    this.scopes.set(key, opened);
    return opened;
  }
}
