import fc from 'fast-check';
import { actions } from './actions.js';
import { faults } from './faults.js';
import { fleet, scenario } from './fleets.js';
import type { Script } from './script.js';
import { spec } from './specs.js';

export * from './script.js';

/** Any run of the campaign. */
export const scripts: fc.Arbitrary<Script> = fc.record({
  fleet,
  scenario,
  spec,
  faults,
  actions,
  after: fc.oneof(
    { weight: 3, arbitrary: fc.constant('nothing' as const) },
    { weight: 2, arbitrary: fc.constantFrom('rollback', 'rollback twice') },
  ),
});
