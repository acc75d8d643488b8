import { describe, expect, test } from 'vitest';
import { Ledger } from '../../src/rollout/ledger.js';
import type { TargetResult } from '../../src/rollout/outcome.js';
import { previewRevert, type RevertPreview } from '../../src/rollout/revert-preview.js';
import { changed, failed, planWith, spec } from './builders.js';

const OF_THE_RUN = { max: 0, revert: 'run' } as const;

interface Case {
  readonly failure?: Readonly<Record<string, unknown>>;
  /** Of the canary, in the order of the plan; a target without one is in the running batch. */
  readonly results?: readonly TargetResult[];
  readonly chosen: readonly number[];
  readonly count?: boolean;
  /** Ordered before. */
  readonly ordered?: readonly number[];
  readonly keepTokens?: boolean;
}

function preview({ failure = OF_THE_RUN, results = [changed, changed], chosen, count, ordered, keepTokens }: Case) {
  const plan = planWith({ canary: 3, rest: 60 });
  const targets = plan.stages.flatMap((stage) => stage.targets);
  const ledger = new Ledger(plan);
  ledger.recordBatch(0, targets.slice(0, results.length), results);
  const pick = (indexes: readonly number[]) => targets.filter((_, index) => indexes.includes(index));
  const earlier = new Set(pick(ordered ?? []).map(({ arn }) => arn));
  return previewRevert(pick(chosen), count ?? false, {
    ...{ plan, ledger },
    spec: spec({ failure, ...(keepTokens && { rollback: { keepTokens } }) }),
    isNew: (arn) => !earlier.has(arn),
  });
}

const restored: TargetResult = { ...changed, restore: { outcome: { kind: 'restored' } } };

describe('before it acts, a revert says', () => {
  test.each<[string, Case, Partial<RevertPreview>]>([
    [
      'that the budget is untouched and the rollout goes on, though no target may fail',
      { chosen: [0] },
      { affected: 1, failures: 0, budget: [] },
    ],
    [
      'how many failures it makes where they count, and that the whole run then goes back',
      { chosen: [0, 1], count: true },
      {
        affected: 2,
        failures: 2,
        budget: [{ stage: 'canary', failed: 2, allowed: 0 }],
        stops: { reason: '2 of 3 targets of stage "canary" failed, 0 may', revert: 'run' },
      },
    ],
    [
      'that the rollout goes on within its budget',
      { chosen: [0], count: true, failure: { max: 1, revert: 'failed' } },
      { failures: 1, budget: [{ stage: 'canary', failed: 1, allowed: 1 }] },
    ],
    [
      'that the budget of the run is used up',
      { chosen: [0], count: true, failure: { max: 3, maxTotal: 0, revert: 'none' } },
      { failures: 1, stops: { reason: '1 targets of the run failed, 0 may', revert: 'none' } },
    ],
    [
      'the most failures that the running batch can have',
      { chosen: [1, 2], results: [changed], count: true, failure: { max: 2 } },
      { affected: 2, failures: 2 },
    ],
    [
      'that one that has failed already is no further failure',
      { chosen: [0], results: [{ ...failed, wrote: true }, changed], count: true, failure: { max: 1 } },
      { affected: 1, failures: 0, budget: [] },
    ],
    [
      'that nothing happens to one that is back, or is ordered already',
      { chosen: [0, 1], results: [restored, changed], ordered: [1], count: true },
      { affected: 0, failures: 0, budget: [] },
    ],
  ])('%s', (_, given, expected) => {
    const answer = preview(given);
    expect(answer).toMatchObject(expected);
    expect(Object.hasOwn(answer, 'stops')).toBe(expected.stops !== undefined);
  });

  test('which instances go back, in which way and to which values', () => {
    const { targets } = preview({ chosen: [0, 1, 2], results: [changed, restored] });
    expect(targets.map(({ stage, effect }) => [stage, effect])).toEqual([
      ['canary', 'goes-back'],
      ['canary', 'nothing'],
      ['canary', 'in-running-batch'],
    ]);
    expect(targets[0]).toMatchObject({ now: { httpTokens: 'required' }, back: { httpTokens: 'optional' } });
    expect(preview({ chosen: [0], keepTokens: true }).targets[0]?.back).not.toHaveProperty('httpTokens', 'optional');
  });

  test('fifty of them at most, and how many others there are', () => {
    const { targets, targetsLeftOut, affected } = preview({ chosen: Array.from({ length: 63 }, (_, n) => n) });
    expect([targets.length, targetsLeftOut, affected]).toEqual([50, 13, 63]);
  });
});
