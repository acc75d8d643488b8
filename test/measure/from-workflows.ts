import type { InjectedSinks } from '@temporalio/worker';
import { addCounters, type Counters } from './counters.js';
import type { CoverageSinks } from './ship-counters.js';

/** @param add - is given what workflows count in each of their steps, those that are replayed too */
export function coverageSinks(add: (counters: Counters) => void): InjectedSinks<CoverageSinks> {
  return { coverage: { add: { fn: (_, counters) => add(counters), callDuringReplay: true } } };
}

/** What the workflows of this process have counted since it was taken last; its test files share it. */
let counted: Counters = {};

export function takeFromWorkflows(): Counters {
  const taken = counted;
  counted = {};
  return taken;
}

export function countShared(counters: Counters): void {
  addCounters(counted, counters);
}

/** For the workers of tests. */
export const sharedSinks = coverageSinks(countShared);
