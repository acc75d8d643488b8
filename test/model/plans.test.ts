import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FleetInstance, OPT_OUT_TAG } from '../../src/rollout/instance.js';
import type { Plan } from '../../src/rollout/plan.js';
import { instance, planOf, withoutOptions } from '../rollout/builders.js';

/** `FUZZ_RUNS=20000` for a long one. */
const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 300) };

const ASKED = { httpTokens: 'required', httpPutResponseHopLimit: 2 } as const;
const TIERS = ['early', 'late'] as const;

const host = fc.record({
  region: fc.constantFrom('us-east-1', 'eu-west-1'),
  account: fc.constantFrom('111122223333', '444455556666'),
  blueprint: fc.constantFrom('debian_12', 'ubuntu_22_04', 'windows_server_2022'),
  state: fc.constantFrom('running', 'running', 'running', 'stopped', 'stopping', 'pending'),
  optionsState: fc.constantFrom('applied', 'applied', 'applied', 'pending'),
  options: fc.record({
    httpTokens: fc.constantFrom('optional' as const, 'optional' as const, 'required' as const),
    httpPutResponseHopLimit: fc.constantFrom(1, 2),
    httpEndpoint: fc.constantFrom('enabled' as const, 'disabled' as const),
  }),
  app: fc.constantFrom(undefined, 'shop', 'blog', 'api'),
  tier: fc.constantFrom(...TIERS),
  isOut: fc.nat(9).map((dice) => dice === 0),
  isUnknown: fc.nat(9).map((dice) => dice === 0),
  isWaived: fc.nat(9).map((dice) => dice === 0),
  isIll: fc.nat(9).map((dice) => dice === 0),
});

const fleets = fc.array(host, { maxLength: 30 }).map((hosts) =>
  hosts.map(({ app, tier, isOut, isUnknown, isWaived, isIll, ...rest }, index): FleetInstance => {
    const tags = { tier, ...(app !== undefined && { app }), ...(isOut && { [OPT_OUT_TAG.key]: OPT_OUT_TAG.value }) };
    const name = `${isWaived ? 'legacy' : 'web'}-${index}`;
    const made = instance(name, { ...rest, tags, ...(isIll && { impaired: 'status check fails' }) });
    return isUnknown ? withoutOptions(made) : made;
  }),
);

type Size =
  | { readonly kind: 'count'; readonly count: number }
  /** In hundredths of a percent, so that whole numbers are enough to say what it comes to. */
  | { readonly kind: 'share'; readonly hundredths: number }
  | { readonly kind: 'per'; readonly count: number; readonly key: keyof typeof VALUES };

const VALUES = {
  blueprint: ({ blueprint }: FleetInstance) => blueprint ?? '',
  scope: ({ account, region }: FleetInstance) => `${account}/${region}`,
  'tag:app': ({ tags }: FleetInstance) => tags.app ?? '',
} as const;

const keys = fc.constantFrom(...(['blueprint', 'scope', 'tag:app'] as const));
const sizes: fc.Arbitrary<Size> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('share' as const), hundredths: fc.integer({ min: 1, max: 10_000 }) }),
  fc.record({ kind: fc.constant('per' as const), count: fc.integer({ min: 1, max: 3 }), key: keys }),
);

const cases = fc.record({
  fleet: fleets,
  sized: fc.array(fc.record({ size: sizes, tier: fc.option(fc.constantFrom(...TIERS), { nil: undefined }) }), {
    maxLength: 4,
  }),
  spread: fc.uniqueArray(keys),
  stopped: fc.constantFrom('last' as const, 'apply' as const, 'skip' as const),
});

type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

function write(size: Size): string {
  if (size.kind === 'count') return String(size.count);
  return size.kind === 'share' ? `${size.hundredths / 100}%` : `${size.count} per ${size.key}`;
}

function plan({ fleet, sized, spread, stopped }: Case): Plan {
  // A stage whose match selects nothing is refused, which planner.test.ts has.
  const stages = sized.map(({ size, tier }, index) => ({
    name: `s${index}`,
    size: write(size),
    ...(fleet.some(({ tags }) => tags.tier === tier) && { match: { tags: { tier } } }),
  }));
  return planOf(
    {
      options: ASKED,
      spread,
      targets: { regions: ['us-east-1', 'eu-west-1'], accounts: ['111122223333', '444455556666'], stopped },
      exceptions: [{ names: ['legacy-*'], reason: 'old agent' }],
      stages: [...stages, { name: 'rest', size: 'rest' }],
    },
    fleet,
  );
}

const isOff = ({ state }: FleetInstance) => state === 'stopped' || state === 'stopping';

/** Why an instance is in no stage, by the words of the contract; undefined where it needs a change. */
function settledAs(one: FleetInstance, stopped: Case['stopped']): string | undefined {
  if (one.tags[OPT_OUT_TAG.key] === OPT_OUT_TAG.value) return 'skipped opted-out';
  if (one.options === undefined) return 'blocked unknown-options';
  const { httpTokens, httpPutResponseHopLimit } = one.options;
  const isAsked = httpTokens === 'required' && httpPutResponseHopLimit === 2;
  if (isAsked && one.optionsState === 'applied') return 'compliant';
  if (one.name.startsWith('legacy-')) return 'blocked waived';
  if (isOff(one) && stopped === 'skip') return 'skipped stopped';
  return one.impaired !== undefined && one.state === 'running' ? 'blocked unhealthy' : undefined;
}

test('every instance is in exactly one stage or settled, and for the reason that the contract has', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { stages, settled } = plan(given);
      const planned = stages.flatMap(({ targets }) => targets.map(({ arn }) => arn));
      const all = [...planned, ...settled.map(({ arn }) => arn)];
      expect(all.toSorted()).toEqual(given.fleet.map(({ arn }) => arn).toSorted());
      const said = new Map(
        settled.map(({ arn, outcome }) => [
          arn,
          'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind,
        ]),
      );
      for (const one of given.fleet) expect(said.get(one.arn), one.name).toBe(settledAs(one, given.stopped));
    }),
    RUNS,
  );
});

test('each stage takes what its size says of what is left, shares rounded up, and the last one takes the others', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { stages } = plan(given);
      const byArn = new Map(given.fleet.map((one) => [one.arn, one]));
      const left = new Set(given.fleet.filter((one) => settledAs(one, given.stopped) === undefined));
      const needing = left.size;
      for (const [index, { size, tier }] of given.sized.entries()) {
        const isMatched = given.fleet.some(({ tags }) => tags.tier === tier);
        const open = [...left]
          .filter((one) => !(given.stopped === 'last' && isOff(one)))
          .filter(({ tags }) => !isMatched || tags.tier === tier);
        const taken = (stages[index]?.targets ?? []).flatMap(({ arn }) => byArn.get(arn) ?? []);
        expect(taken.length, `${write(size)} of ${needing}, ${open.length} left`).toBe(wanted(size, needing, open));
        for (const one of taken) {
          expect(open).toContain(one);
          left.delete(one);
        }
      }
      expect(new Set(stages.at(-1)?.targets.map(({ arn }) => arn))).toEqual(new Set([...left].map(({ arn }) => arn)));
    }),
    RUNS,
  );
});

function wanted(size: Size, needing: number, open: readonly FleetInstance[]): number {
  if (size.kind === 'count') return Math.min(size.count, open.length);
  if (size.kind === 'share') return Math.min(Math.floor((needing * size.hundredths + 9_999) / 10_000), open.length);
  const groups = new Map<string, number>();
  for (const one of open) groups.set(VALUES[size.key](one), (groups.get(VALUES[size.key](one)) ?? 0) + 1);
  return [...groups.values()].reduce((sum, count) => sum + Math.min(size.count, count), 0);
}

test('the first stage covers as many values of the first key as its size allows, and takes running instances first', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 12 }), (given, count) => {
      const [key = 'scope', ...others] = given.spread;
      const first = {
        ...given,
        spread: [key, ...others],
        sized: [{ size: { kind: 'count' as const, count }, tier: undefined }],
      };
      const [canary] = plan(first).stages;
      const byArn = new Map(given.fleet.map((one) => [one.arn, one]));
      const taken = (canary?.targets ?? []).flatMap(({ arn }) => byArn.get(arn) ?? []);
      const running = given.fleet.filter(
        (one) => settledAs(one, given.stopped) === undefined && one.state === 'running',
      );
      const kinds = (some: readonly FleetInstance[]) => new Set(some.map(VALUES[key])).size;
      const up = taken.filter(({ state }) => state === 'running');
      expect(up.length).toBe(Math.min(count, running.length));
      expect(kinds(up)).toBe(Math.min(count, kinds(running)));
    }),
    RUNS,
  );
});

test('a target holds the asked fields as they were, the tokens, and nothing else', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const byArn = new Map(given.fleet.map((one) => [one.arn, one]));
      for (const { arn, name, before, desired, stopped } of plan(given).stages.flatMap(({ targets }) => targets)) {
        const one = byArn.get(arn);
        expect(desired).toEqual(ASKED);
        const { httpTokens, httpPutResponseHopLimit } = one?.options ?? {};
        expect({ name, before }).toEqual({ name: one?.name, before: { httpTokens, httpPutResponseHopLimit } });
        expect(stopped).toBe(one !== undefined && isOff(one) ? true : undefined);
      }
    }),
    RUNS,
  );
});

test('the order of the reply changes nothing, and another value before does', () => {
  fc.assert(
    fc.property(
      cases.chain((given) =>
        fc.tuple(fc.constant(given), fc.shuffledSubarray(given.fleet, { minLength: given.fleet.length }), fc.nat()),
      ),
      ([given, shuffled, which]) => {
        const made = plan(given);
        expect(plan({ ...given, fleet: shuffled })).toEqual(made);
        const targets = made.stages.flatMap((stage) => stage.targets);
        const { arn } = targets[which % Math.max(1, targets.length)] ?? {};
        const other = given.fleet.map((one) =>
          one.arn === arn && one.options !== undefined
            ? { ...one, options: { ...one.options, httpPutResponseHopLimit: 3 } }
            : one,
        );
        expect(plan({ ...given, fleet: other }).hash === made.hash).toBe(arn === undefined);
      },
    ),
    RUNS,
  );
});
