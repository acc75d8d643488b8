import fc from 'fast-check';
import type { Action, MachineAction, Moment, OperatorAction, WorldAction } from './script.js';

/** Most fleets have fewer; what is counted beyond the end begins at the front again. */
const instance = fc.nat(23);

const when: fc.Arbitrary<Moment> = fc.oneof(
  fc.record({ updates: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ ms: fc.integer({ min: 0, max: 2_000 }) }),
);

const operator: fc.Arbitrary<OperatorAction> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('pause', 'pause', 'resume', 'approve', 'reject', 'skipBake') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('abort' as const), mode: fc.constantFrom('halt', 'rollback') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('cancel', 'terminate') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revert' as const), instance }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reset' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rival' as const), waits: fc.boolean() }) },
);

/** A hop limit of their own is what a rollout that asks for one must not write over. */
const world: fc.Arbitrary<WorldAction> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('flip tokens', 'delete', 'recreate', 'stop', 'fail checks', 'opt out'),
      instance,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set hops' as const), instance }) },
);

const forMs = fc.integer({ min: 50, max: 1_500 });

const machine: fc.Arbitrary<MachineAction> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('kill worker' as const), worker: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill all workers' as const), awayMs: forMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart worker' as const), worker: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'kill server' } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cut off Temporal', 'cut off Lightsail'), forMs }) },
);

/** Up to six, of which machines make the fewest: each of them costs the run many seconds of waiting. */
export const actions: fc.Arbitrary<Action[]> = fc
  .tuple(
    fc.array(fc.tuple(operator, when), { maxLength: 3 }),
    fc.array(fc.tuple(world, when), { maxLength: 3 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(fc.tuple(machine, when), { minLength: 1, maxLength: 2 }) },
    ),
  )
  .map((parts) => parts.flat().map(([action, moment]) => ({ ...action, when: moment })));
