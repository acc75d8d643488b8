import fc from 'fast-check';
import type { FleetInstance } from '../../src/rollout/instance.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { instance } from '../rollout/builders.js';

/** A message of an operator, as any client would send it; `cancel` is Temporal's own. */
export type Message =
  | { readonly name: 'pause' | 'resume' | 'approve' | 'reject' | 'skipBake' | 'cancel'; readonly input: object }
  | { readonly name: 'abort'; readonly input: { readonly mode: 'halt' | 'rollback' } }
  | { readonly name: 'revert'; readonly input: { readonly names: readonly string[]; readonly count?: boolean } };

/** One run: what is asked for, of which fleet, what operators say, and all that chance decides. */
export interface Scenario {
  readonly spec: RolloutSpecInput;
  readonly fleet: readonly FleetInstance[];
  /** Each with the step at which it is sent. */
  readonly messages: readonly (readonly [at: number, message: Message])[];
  readonly tape: readonly number[];
  readonly hasJournal: boolean;
}

const REGIONS = ['us-east-1', 'eu-west-1'] as const;
const OPEN_WIDE = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
const AS_ASKED = { ...OPEN_WIDE, httpTokens: 'required', httpPutResponseHopLimit: 2 } as const;

const host = fc.record({
  region: fc.constantFrom(...REGIONS),
  state: fc.constantFrom('running', 'running', 'running', 'stopped'),
  options: fc.constantFrom<typeof OPEN_WIDE | typeof AS_ASKED>(OPEN_WIDE, OPEN_WIDE, OPEN_WIDE, AS_ASKED),
  impaired: fc.constantFrom(undefined, undefined, undefined, 'instance check fails'),
});

const fleet = fc
  .array(host, { minLength: 1, maxLength: 7 })
  .map((hosts) =>
    hosts.map(({ impaired, ...rest }, index) =>
      instance(`web-${index}`, { ...rest, ...(impaired !== undefined && { impaired }) }),
    ),
  );

const approval = fc.constantFrom(
  undefined,
  undefined,
  {},
  { timeout: '2h', onTimeout: 'halt' as const },
  { timeout: '2h', onTimeout: 'rollback' as const },
);

const stage = fc
  .record({ size: fc.constantFrom(1, 2, '20%', '50%', '1 per scope'), bake: fc.constantFrom('0s', '1h'), approval })
  .map(({ approval: gate, ...rest }) => ({ ...rest, ...(gate !== undefined && { approval: gate }) }));

const spec = fc
  .record({
    sized: fc.array(stage, { maxLength: 2 }),
    last: stage,
    concurrency: fc.record({ total: fc.integer({ min: 1, max: 4 }), perScope: fc.integer({ min: 1, max: 3 }) }),
    max: fc.constantFrom(0, 0, 1, 2, '34%', '50%'),
    maxTotal: fc.constantFrom(undefined, 0, 1, 2),
    revert: fc.constantFrom('none' as const, 'failed' as const, 'run' as const),
    back: fc.integer({ min: 1, max: 3 }),
    hasWindows: fc.boolean(),
    checks: fc.boolean(),
    requireHealthyBefore: fc.boolean(),
  })
  .map(({ sized, last, max, maxTotal, revert, back, hasWindows, checks, requireHealthyBefore, concurrency }) => ({
    name: 'model',
    options: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    targets: { regions: [...REGIONS] },
    evidence: 'off',
    stages: [...sized.map((each, index) => ({ ...each, name: `s${index}` })), { ...last, size: 'rest', name: 'rest' }],
    concurrency,
    failure: { max, revert, ...(maxTotal !== undefined && { maxTotal }) },
    rollback: { concurrency: back },
    ...(hasWindows && { windows: [{ days: ['mon'], from: '09:00', to: '16:00', timezone: 'UTC' }] }),
    health: { requireHealthyBefore, checks: checks ? [{ status: true }] : [] },
  })) satisfies fc.Arbitrary<RolloutSpecInput>;

export const passing = fc.constantFrom<Message>(
  { name: 'pause', input: { by: 'ann' } },
  { name: 'pause', input: {} },
  { name: 'resume', input: {} },
  { name: 'approve', input: { by: 'ann' } },
  { name: 'approve', input: { stage: 'rest' } },
  { name: 'approve', input: {} },
  { name: 'skipBake', input: {} },
  { name: 'skipBake', input: {} },
  { name: 'reject', input: { reason: 'not today' } },
);

const revert = fc.record({ host: fc.nat(6), count: fc.constantFrom(undefined, false, true) }).map(
  ({ host: index, count }): Message => ({
    name: 'revert',
    input: { names: [`web-${index}`], ...(count !== undefined && { count }) },
  }),
);

/** Temporal's own, which nobody is asked about. */
export const cancel: Message = { name: 'cancel', input: {} };

/** What ends it for good. */
export const lasting = fc.constantFrom<Message>(
  { name: 'abort', input: { mode: 'halt' } },
  { name: 'abort', input: { mode: 'rollback' } },
);

const messages = fc.array(
  fc.tuple(
    // Most of them while the first batches run.
    fc.oneof(fc.nat(150), fc.integer({ min: 12, max: 60 })),
    fc.oneof(
      { weight: 10, arbitrary: passing },
      { weight: 3, arbitrary: revert },
      { weight: 2, arbitrary: fc.oneof(lasting, fc.constant(cancel)) },
    ),
  ),
  { minLength: 1, maxLength: 10, size: 'max' },
);

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  spec,
  fleet,
  messages,
  tape: fc.array(fc.nat(9_999), { maxLength: 300, size: 'max' }),
  hasJournal: fc.boolean(),
});

/** All goes well but for one message, at any moment from the start to the end. */
export const lastWords: fc.Arbitrary<Scenario> = fc.record({
  spec,
  fleet: fleet.map((hosts) => hosts.slice(0, 3)),
  messages: fc.tuple(fc.tuple(fc.nat(60), fc.oneof(lasting, fc.constant(cancel), revert))),
  tape: fc.constant([]),
  hasJournal: fc.constant(true),
});
