import fc from 'fast-check';
import type { Script } from './script.js';

type Spec = Script['spec'];
type Stage = NonNullable<Spec['stages']>[number];

const options: fc.Arbitrary<Spec['options']> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ httpTokens: 'required' } as const) },
  { weight: 4, arbitrary: fc.constant({ httpTokens: 'required', httpPutResponseHopLimit: 2 } as const) },
  { weight: 1, arbitrary: fc.constant({ httpPutResponseHopLimit: 2 }) },
  { weight: 1, arbitrary: fc.constant({ httpTokens: 'required', httpEndpoint: 'enabled' } as const) },
);

const bake = fc.constantFrom('0s', '0s', '150ms', '600ms');

const approval = fc.record(
  { timeout: fc.constantFrom('300ms', '30s'), onTimeout: fc.constantFrom('halt', 'rollback') },
  { requiredKeys: ['onTimeout'] },
);

const concurrency = fc.integer({ min: 1, max: 5 });

const sizes = fc.constantFrom(1, 2, '30%', '50%', '1 per blueprint', '1 per scope');

function stage(size: fc.Arbitrary<Stage['size']>): fc.Arbitrary<Omit<Stage, 'name'>> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ size, bake }) },
    { weight: 2, arbitrary: fc.record({ size, bake, concurrency }) },
    { weight: 1, arbitrary: fc.record({ size, bake, approval }) },
  );
}

const stages: fc.Arbitrary<Stage[]> = fc
  .tuple(fc.array(stage(sizes), { maxLength: 2 }), stage(fc.constant('rest')))
  .map(([before, last]) => [...before, last].map((stage, index) => ({ name: `stage-${index + 1}`, ...stage })));

const failure: fc.Arbitrary<Spec['failure']> = fc.record(
  {
    max: fc.constantFrom(0, 1, 2, '25%', '50%', '100%'),
    maxTotal: fc.constantFrom(0, 2, 5, 20),
    revert: fc.constantFrom('none', 'failed', 'run', 'run'),
  },
  { requiredKeys: ['max', 'revert'] },
);

const health: fc.Arbitrary<Spec['health']> = fc.record({
  interval: fc.constantFrom('100ms', '400ms'),
  failureThreshold: fc.integer({ min: 1, max: 3 }),
  requireHealthyBefore: fc.boolean(),
  checks: fc.constantFrom([], [{ status: true as const }], [{ status: true as const }]),
});

export const spec: fc.Arbitrary<Spec> = fc.record({
  options,
  stages,
  concurrency: fc.oneof(
    { weight: 3, arbitrary: concurrency },
    { weight: 1, arbitrary: fc.record({ total: concurrency, perScope: fc.integer({ min: 1, max: 2 }) }) },
  ),
  failure,
  rollback: fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    keepTokens: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  apply: fc.record({
    timeout: fc.constantFrom('1500ms', '4s'),
    pollInterval: fc.constantFrom('20ms', '50ms'),
    maxErrors: fc.integer({ min: 1, max: 5 }),
  }),
  evidence: fc.oneof(
    { weight: 3, arbitrary: fc.constant('off' as const) },
    {
      weight: 1,
      arbitrary: fc.record({ onUnknown: fc.constantFrom('block', 'allow'), onExceed: fc.constant('block') }),
    },
  ),
  health,
  busy: fc.record({ wait: fc.constantFrom('0s', '60s') }),
});
