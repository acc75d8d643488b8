import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { type Counters, takeCounters } from './counters.js';

export interface CoverageSinks extends Sinks {
  readonly coverage: { add(counters: Counters): void };
}

const { coverage } = proxySinks<CoverageSinks>();

/** Interceptors of an instrumented bundle: what a workflow has counted leaves its sandbox with each of its steps. */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const counters = takeCounters();
        if (Object.keys(counters).length > 0) coverage.add(counters);
        return next(input);
      },
    },
  ],
});
