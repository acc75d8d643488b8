import type { Draws } from './draws.js';
import { type Scope, type SimulatedInstance, scopeKey } from './instance.js';
import { type Page, pageAfter } from './sequence.js';

/** Why an operation failed inside a reply of HTTP 200. */
export interface OperationFailure {
  readonly errorCode: string;
  readonly errorDetails: string;
}

/** An UpdateInstanceMetadataOptions operation. Times are epoch milliseconds; its status follows from the clock. */
export interface SimulatedOperation {
  readonly sequence: number;
  readonly id: string;
  readonly resourceName: string;
  readonly region: string;
  readonly createdAt: number;
  /** `Infinity` when it never ends by itself. */
  endsAt: number;
  readonly failure: OperationFailure | undefined;
}

interface ScopeLog {
  readonly byId: Map<string, SimulatedOperation>;
  readonly series: SimulatedOperation[];
  readonly byResource: Map<string, SimulatedOperation[]>;
}

const NO_OPERATIONS: readonly SimulatedOperation[] = [];

/** The operations of every account and region, from oldest to newest. */
export class OperationLog {
  private readonly scopes = new Map<string, ScopeLog>();

  constructor(private readonly draws: Draws) {}

  /** Records a new operation on an instance. It ends the instance's earlier one, should that still be open. */
  record(
    instance: SimulatedInstance,
    times: { readonly createdAt: number; readonly endsAt: number },
    failure?: OperationFailure,
  ): SimulatedOperation {
    const scope = this.openScope(instance);
    const sequence = scope.series.length + 1;
    const id = this.draws.guid('operation', scopeKey(instance), sequence);
    const operation = { sequence, id, resourceName: instance.name, region: instance.region, failure, ...times };
    const ofResource = scope.byResource.get(instance.name) ?? [];
    const earlier = ofResource.at(-1);
    if (earlier && !failure) earlier.endsAt = Math.min(earlier.endsAt, times.createdAt);
    ofResource.push(operation);
    scope.byResource.set(instance.name, ofResource);
    scope.byId.set(id, operation);
    scope.series.push(operation);
    return operation;
  }

  find(scope: Scope, id: string): SimulatedOperation | undefined {
    return this.scopes.get(scopeKey(scope))?.byId.get(id);
  }

  page(scope: Scope, after: number, size: number): Page<SimulatedOperation> {
    return pageAfter(this.scopes.get(scopeKey(scope))?.series ?? NO_OPERATIONS, after, size);
  }

  /** The operations on one resource, whether or not it still exists; undefined when there never was one. */
  pageOfResource(scope: Scope, name: string, after: number, size: number): Page<SimulatedOperation> | undefined {
    const series = this.scopes.get(scopeKey(scope))?.byResource.get(name);
    return series && pageAfter(series, after, size);
  }

  private openScope(scope: Scope): ScopeLog {
    const key = scopeKey(scope);
    const found = this.scopes.get(key);
    if (found) return found;
    const opened: ScopeLog = { byId: new Map(), series: [], byResource: new Map() };
    this.scopes.set(key, opened);
    return opened;
  }
}
