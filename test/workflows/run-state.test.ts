import { describe, expect, it } from 'vitest';
import { RunState } from '../../src/workflows/run-state.js';
import { planWith } from '../rollout/builders.js';

describe('what a run knows of itself', () => {
  it('has nothing to revert before there is a plan', () => {
    const state = new RunState(() => undefined);
    expect(state.selectForRevert({ names: ['all-0'] })).toEqual({
      refusal: 'There is no plan yet, and nothing has been changed.',
    });
    state.begin(planWith({ all: 1 }));
    expect(state.selectForRevert({ names: ['all-0'] })).toEqual({
      refusal: 'us-east-1/all-0 has not been changed yet.',
    });
  });
});
