import type { AnyOperationName } from '../api/operation-names.js';
import { type FaultSpec, operationsOf } from '../scenario/fault-schema.js';
import type { Draws } from '../world/draws.js';
import type { Scope } from '../world/instance.js';
import { compileEffect, type Effect } from './effect.js';
import { compileGlob } from './glob.js';

/** The call that a fault may strike. */
export interface FaultyCall extends Scope {
  readonly operation: AnyOperationName;
  readonly instanceName: string | undefined;
}

/** What strikes a call. */
export interface Strike {
  readonly effect: Effect;
  /** How much later the reply is sent, in ms. */
  readonly delayMs: number;
}

interface Fault {
  readonly number: number;
  readonly spec: FaultSpec;
  readonly operations: ReadonlySet<AnyOperationName>;
  readonly strike: Strike;
  readonly matchesInstance: ((name: string) => boolean) | undefined;
  matched: number;
  struck: number;
  /** How often each instance's calls were drawn for, so that chance doesn't depend on the order of calls. */
  readonly draws: Map<string, number>;
}

/** The faults in force, in their order. The first one that strikes decides, and the ones after it don't see the call. */
export class FaultList {
  private faults: Fault[] = [];
  private added = 0;

  constructor(private readonly chance: Draws) {}

  add(spec: FaultSpec): void {
    this.added += 1;
    this.faults.push({
      number: this.added,
      spec,
      operations: new Set(operationsOf(spec)),
      strike: { effect: compileEffect(spec.effect), delayMs: spec.effect.delayMs ?? 0 },
      matchesInstance: spec.instance === undefined ? undefined : compileGlob(spec.instance),
      matched: 0,
      struck: 0,
      draws: new Map(),
    });
  }

  clear(): void {
    this.faults = [];
  }

  /** The strike on this call, if any. Counts the call for every fault that it gets to. */
  strike(call: FaultyCall): Strike | undefined {
    return this.faults.find((fault) => this.strikes(fault, call))?.strike;
  }

  private strikes(fault: Fault, call: FaultyCall): boolean {
    if (!selects(fault, call)) return false;
    const { after = 0, times = Infinity, probability = 1 } = fault.spec;
    fault.matched += 1;
    if (fault.matched <= after || fault.struck >= times || !this.isDrawn(fault, call, probability)) return false;
    fault.struck += 1;
    return true;
  }

  private isDrawn(fault: Fault, call: FaultyCall, probability: number): boolean {
    if (probability === 1) return true;
    const key = `${call.account}/${call.region}/${call.operation}/${call.instanceName ?? ''}`;
    const turn = (fault.draws.get(key) ?? 0) + 1;
    fault.draws.set(key, turn);
    return this.chance.unit('fault', fault.number, key, turn) < probability;
  }
}

function selects({ spec, operations, matchesInstance }: Fault, call: FaultyCall): boolean {
  if (!operations.has(call.operation)) return false;
  if (spec.account !== undefined && spec.account !== call.account) return false;
  if (spec.region !== undefined && spec.region !== call.region) return false;
  return !matchesInstance || (call.instanceName !== undefined && matchesInstance(call.instanceName));
}
