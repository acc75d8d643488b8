import fc from 'fast-check';
import { expect } from 'vitest';
import type { Outcome } from '../../src/rollout/outcome.js';
import { arnOf } from '../rollout/builders.js';
import type { RolloutDesk } from './rollout-desk.js';
import type { Fate, Result, RolloutModel } from './rollout-model.js';

export type Step = fc.Command<RolloutModel, RolloutDesk>;

export const NAMES = ['canary', 'early', 'rest'] as const;

export function arnIn(stage: number, index: number): string {
  return arnOf(`${NAMES[stage]}-${index}`);
}

export const OUTCOMES = {
  changed: { kind: 'changed' },
  unverified: { kind: 'changed', unverified: true },
  compliant: { kind: 'compliant' },
  skipped: { kind: 'skipped', reason: 'drifted' },
  blocked: { kind: 'blocked', reason: 'changing' },
  failed: { kind: 'failed', reason: 'deadline' },
} as const satisfies Record<Fate, Outcome>;

export const results = fc
  .tuple(
    fc.constantFrom<Fate>('changed', 'changed', 'changed', 'failed', 'unverified', 'compliant', 'skipped', 'blocked'),
    fc.boolean(),
  )
  .map(([fate, wrote]): Result => ({ fate, wrote: wrote || fate === 'changed' || fate === 'unverified' }));

/** One step, with what must be true before it and what it does on both sides; all is compared after it. */
export function step(
  text: string,
  check: (model: RolloutModel) => boolean,
  run: (model: RolloutModel, real: RolloutDesk) => void,
): Step {
  return {
    check: (model) => check(model),
    run: (model, real) => {
      run(model, real);
      compare(model, real);
    },
    toString: () => text,
  };
}

export function isOngoing({ phase }: RolloutModel): boolean {
  return phase !== 'reverting' && phase !== 'ended';
}

/** The next targets of a stage that have no result yet. */
export function openIn(model: RolloutModel, stage: number, count: number): string[] {
  return Array.from({ length: model.sizes[stage] ?? 0 }, (_, index) => arnIn(stage, index))
    .filter((arn) => !model.entries.has(arn))
    .slice(0, count);
}

function compare(model: RolloutModel, { state, ledger, budget }: RolloutDesk): void {
  const status = state.status();
  for (const [index, { name, counts }] of status.stages.entries()) {
    const { total, inFlight, ...kinds } = counts;
    expect(kinds, `counts of ${name}`).toEqual(model.counts(index));
    expect(total).toBe(model.sizes[index]);
    const { batch } = model;
    expect(inFlight).toBe(batch?.stage === index && batch.seq > 0 ? batch.arns.length - batch.told.length : 0);
    expect(ledger.tallies()[index]?.failed, `failures in ${name}`).toBe(model.failedIn(index));
    expect(ledger.changedIn(index), `proven in ${name}`).toBe(model.provenIn(index));
  }
  expect(budget.tripped !== undefined, `the budget: ${budget.tripped}`).toBe(model.isOverBudget);
  expect(state.stop?.restore, 'it goes back').toBe(model.stop?.goesBack);
  expect(state.hold.mode, 'what a batch is told').toBe(model.mode);
  expect(state.heldBy()?.for, 'why no change starts').toBe(model.heldBy);
  expect(status.waiting?.for, 'what it waits for').toBe(model.waitsFor);
  if (model.waits !== undefined) expect(state.mayPass(model.waits), 'an operator has let it go on').toBe(model.mayGoOn);
  expect(
    ledger.toRestore().map(({ arn }) => arn),
    'what is taken back',
  ).toEqual(model.toRestore);
  expect(status.aborted?.mode).toBe(model.aborted);
}
