import fc from 'fast-check';
import type { Script } from './script.js';

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;

/** Mostly instances that need the change and can have it; some that differ in every way that the semantics name. */
const instanceOptions = fc.oneof(
  { weight: 20, arbitrary: fc.constant({ httpTokens: 'optional', httpEndpoint: 'enabled' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      httpTokens: fc.constantFrom('optional', 'required'),
      httpEndpoint: fc.constantFrom('enabled', 'disabled'),
      httpPutResponseHopLimit: fc.constantFrom(1, 2),
    }),
  },
  { weight: 1, arbitrary: fc.constant(null) },
);

const state = fc.oneof(
  { weight: 20, arbitrary: fc.constant('running' as const) },
  { weight: 2, arbitrary: fc.constant('stopped' as const) },
  { weight: 1, arbitrary: fc.constantFrom('stopping', 'pending') },
);

const tags = fc.oneof(
  { weight: 12, arbitrary: fc.record({ app: fc.constantFrom('shop', 'mail') }) },
  { weight: 1, arbitrary: fc.constant({ 'imds-rollout': 'skip' }) },
);

const group = fc.record({
  region: fc.constantFrom(...REGIONS),
  count: fc.integer({ min: 1, max: 7 }),
  blueprint: fc.constantFrom('ubuntu_22_04', 'debian_12'),
  tags,
  options: instanceOptions,
  state,
  healthy: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  tokenless: fc.oneof({ weight: 16, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(null, 5) }),
});

/** One to four groups of like instances; each group has a prefix of its own. */
export const fleet: fc.Arbitrary<Script['fleet']> = fc
  .array(group, { minLength: 1, maxLength: 4 })
  .map((groups) => groups.map((entry, index) => ({ ...entry, prefix: `${'abcd'[index]}-` })));

/** Milliseconds. */
function range(most: number) {
  return fc
    .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }))
    .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
}

export const scenario: fc.Arbitrary<Script['scenario']> = fc.record(
  {
    seed: fc.nat(1_000_000),
    latency: range(15),
    pending: range(500),
    stale: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
    ),
    pageSize: fc.constantFrom(1, 3, 20),
    throttle: fc.record({ ratePerSecond: fc.integer({ min: 20, max: 60 }), burst: fc.integer({ min: 5, max: 20 }) }),
  },
  { requiredKeys: ['seed', 'latency', 'pending', 'stale', 'pageSize'] },
);
