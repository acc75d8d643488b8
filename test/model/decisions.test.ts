import fc from 'fast-check';
import { test } from 'vitest';
import { spec } from '../rollout/builders.js';
import {
  comeBack,
  endBatch,
  enter,
  find,
  order,
  report,
  runOut,
  say,
  see,
  startBatch,
  turnCalendar,
  wait,
} from './commands.js';
import { RolloutDesk } from './rollout-desk.js';
import { RolloutModel, type Wait } from './rollout-model.js';
import { cancel, lasting, passing } from './scenario.js';
import { NAMES, results, type Step } from './step.js';

/**
 * `FUZZ_RUNS=20000` for a long one. A run that fails prints its seed and path, and for `replayPath` the steps of it:
 * `fc.assert(property, { seed, path, endOnFailure: true })` and `fc.commands([...steps], { replayPath })` repeat it.
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 600);

const stage = fc.nat(NAMES.length - 1);
const index = fc.nat(3);

const batches = [
  fc.tuple(stage, fc.integer({ min: 1, max: 4 })).map(([at, count]) => startBatch(at, count)),
  fc.array(results, { maxLength: 4 }).map(endBatch),
];

/** Batches come twice as often, since all the rest needs what they have done. */
const steps: readonly fc.Arbitrary<Step>[] = [
  ...batches,
  ...batches,
  fc
    .tuple(fc.array(results, { maxLength: 4 }), fc.integer({ min: 1, max: 6 }), fc.boolean())
    .map(([told, seq, isLate]) => report(told, seq, isLate)),
  fc
    .tuple(stage, index, fc.constantFrom('unhealthy' as const, 'operator' as const), fc.boolean())
    .map(([at, which, reason, count]) => order(at, which, reason, count)),
  fc
    .tuple(stage, index, fc.constantFrom('restored' as const, 'restore-failed' as const))
    .map(([at, which, how]) => comeBack(at, which, how)),
  fc
    .tuple(stage, index, fc.constantFrom('reverted' as const, 'drifted' as const))
    .map(([at, which, what]) => find(at, which, what)),
  passing.map(say),
  fc.oneof(lasting, fc.constant(cancel)).map(say),
  // Few, and an operator who lets them pass: the same one has to be lost more than once.
  fc.tuple(fc.nat(1), fc.boolean()).map(([which, isSeen]) => see(0, which, isSeen)),
  fc.constant(say({ name: 'approve', input: {} })),
  fc.boolean().map(turnCalendar),
  fc.constantFrom<Wait>('bake', 'approval', 'evidence').map(wait),
  fc.boolean().map(runOut),
  fc.constantFrom('verifying' as const, 'reverting' as const, 'ended' as const).map(enter),
];

const policies = fc.record({
  max: fc.constantFrom<number | { readonly percent: number }>(
    0,
    1,
    2,
    9,
    { percent: 0 },
    { percent: 34 },
    { percent: 50 },
    { percent: 100 },
  ),
  maxTotal: fc.constantFrom(undefined, 0, 1, 3),
  revert: fc.constantFrom('none' as const, 'failed' as const, 'run' as const),
});

test('counts, budget, holds, refusals and what is taken back are as the contract says, whatever happens in whatever order', () => {
  const sizes = fc.array(fc.nat(4), { minLength: NAMES.length, maxLength: NAMES.length });
  fc.assert(
    fc.property(sizes, policies, fc.commands([...steps], { maxCommands: 60, size: 'max' }), (all, policy, commands) => {
      const { max, maxTotal, revert } = policy;
      const failure = {
        max: typeof max === 'number' ? max : `${max.percent}%`,
        revert,
        ...(maxTotal !== undefined && { maxTotal }),
      };
      fc.modelRun(
        () => ({
          model: new RolloutModel(all, policy),
          real: new RolloutDesk(
            Object.fromEntries(NAMES.map((name, at) => [name, all[at] ?? 0])),
            spec({ evidence: 'off', failure }),
          ),
        }),
        commands,
      );
    }),
    { numRuns: RUNS },
  );
});
