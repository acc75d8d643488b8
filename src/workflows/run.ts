import type { Ledger } from '../rollout/ledger.js';
import type { Plan } from '../rollout/plan.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { now } from './clock.js';
import type { EvidenceBook } from './evidence.js';
import { HealthWatch } from './health-watch.js';
import { Looker } from './look.js';
import type { Prepared } from './prepare.js';
import { Reverts } from './reverts.js';
import type { RunState } from './run-state.js';

/** All that the steps of one rollout share, from its plan on. */
export interface Run {
  readonly state: RunState;
  readonly spec: RolloutSpec;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly evidence: EvidenceBook;
  readonly reverts: Reverts;
  readonly looker: Looker;
  readonly watch: HealthWatch;
  /** From when on it may write; milliseconds since the epoch. */
  readonly since: number;
}

export function createRun(state: RunState, spec: RolloutSpec, { plan, ledger, evidence }: Prepared): Run {
  const reverts = new Reverts(state, spec, ledger);
  const looker = new Looker(state, spec);
  const watch = new HealthWatch(state, spec, ledger, reverts, looker);
  state.reverts = reverts;
  return { state, spec, plan, ledger, evidence, reverts, looker, watch, since: now() };
}
