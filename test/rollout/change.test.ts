import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ApplyEnd, nextApplyStep } from '../../src/rollout/apply.js';
import type { ChangeRecord, Reading } from '../../src/rollout/change.js';
import { type FleetInstance, isInTransition } from '../../src/rollout/instance.js';
import { fieldsOf, isCompliant, type MetadataOptions, pickOptions } from '../../src/rollout/options.js';
import { nextRestoreStep } from '../../src/rollout/restore.js';
import type { RestoreTarget, Target } from '../../src/rollout/target.js';
import { arnOf, instance, target, withoutOptions } from './builders.js';
import { PATIENCE } from './readings.js';
import { follow, TinyLightsail, type Turn } from './tiny-lightsail.js';

const members = {
  httpTokens: fc.constantFrom('optional' as const, 'required' as const),
  httpEndpoint: fc.constantFrom('enabled' as const, 'disabled' as const),
  httpPutResponseHopLimit: fc.integer({ min: 1, max: 2 }),
};
const whole: fc.Arbitrary<MetadataOptions> = fc.record(members);

/** A target as the planner makes it: it differs from `before` in some asked field, and knows the tokens before. */
const anyTarget: fc.Arbitrary<Target> = fc
  .tuple(whole, fc.record(members, { requiredKeys: [] }))
  .filter(([before, desired]) => !isCompliant(before, desired))
  .map(([before, desired]) =>
    target('web', { before: pickOptions(before, ['httpTokens', ...fieldsOf(desired)]), desired }),
  );

const anyRestored: fc.Arbitrary<RestoreTarget> = fc
  .tuple(anyTarget, fc.boolean())
  .map(([web, isConfirmed]) => (isConfirmed ? { ...web, confirmed: true } : web));

const anyReply: fc.Arbitrary<FleetInstance | undefined> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(withoutOptions(instance('web'))) },
  {
    weight: 8,
    arbitrary: fc
      .record({
        arn: fc.constantFrom(arnOf('web'), arnOf('web'), arnOf('web'), 'arn:new'),
        options: fc.oneof(whole, fc.record(members, { requiredKeys: [] })),
        optionsState: fc.constantFrom('applied' as const, 'applied' as const, 'pending' as const),
        state: fc.constantFrom('running', 'stopped', 'stopping', 'pending'),
      })
      .map((changes) => instance('web', changes)),
  },
);

const anyRecord: fc.Arbitrary<ChangeRecord> = fc.record({
  wrote: fc.boolean(),
  accepted: fc.boolean(),
  errors: fc.nat(3),
});
const anyTime = fc.record({ waited: fc.nat(200), steady: fc.nat(200) });

describe('for every target, record and reading', () => {
  /** What holds of every Update, whichever way it goes. */
  function checkWrite(
    { desired }: Target,
    send: MetadataOptions,
    wanted: MetadataOptions,
    now: FleetInstance | undefined,
  ) {
    expect(now?.arn).toBe(arnOf('web'));
    expect(send.httpTokens).toBe(wanted.httpTokens ?? now?.options?.httpTokens);
    expect(send.httpTokens).toBeDefined();
    expect(pickOptions(send, fieldsOf(desired))).toEqual(wanted);
    expect(fieldsOf(send).every((field) => field === 'httpTokens' || desired[field] !== undefined)).toBe(true);
  }

  test('an apply writes only over the values of the plan, read as applied, and always names httpTokens', () => {
    fc.assert(
      fc.property(anyTarget, anyRecord, anyReply, anyTime, (web, record, now, time) => {
        const step = nextApplyStep(web, record, { instance: now, ...time }, PATIENCE);
        if (step.do !== 'write') return;
        checkWrite(web, step.send, web.desired, now);
        expect(now?.optionsState).toBe('applied');
        if (now !== undefined && isInTransition(now)) expect(time.waited).toBeGreaterThanOrEqual(PATIENCE.timeout);
        expect(isCompliant(now?.options ?? {}, pickOptions(web.before, fieldsOf(web.desired)))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a restore writes only over the values of the rollout, read as applied or long pending, or over the old ones where no reading proves them', () => {
    fc.assert(
      fc.property(anyRestored, anyRecord, anyReply, anyTime, fc.boolean(), (web, record, now, time, keepTokens) => {
        const step = nextRestoreStep(web, record, { instance: now, ...time }, PATIENCE, keepTokens);
        if (step.do !== 'write') return;
        const lowers = web.desired.httpTokens === 'required' && web.before.httpTokens === 'optional';
        const back = pickOptions(web.before, fieldsOf(web.desired));
        const wanted: MetadataOptions = keepTokens && lowers ? { ...back, httpTokens: 'required' } : back;
        checkWrite(web, step.send, wanted, now);
        if (keepTokens && now?.options?.httpTokens === 'required') expect(step.send.httpTokens).toBe('required');
        const isOurs = isCompliant(now?.options ?? {}, web.desired);
        const isOld = isCompliant(now?.options ?? {}, wanted);
        expect(isOurs || (isOld && web.confirmed === undefined)).toBe(true);
        if (now?.optionsState !== 'applied') expect(time.steady).toBeGreaterThanOrEqual(PATIENCE.timeout / 2);
      }),
      { numRuns: 1_000 },
    );
  });

  test('only what is read as applied with every asked value is called changed, compliant or restored', () => {
    fc.assert(
      fc.property(anyRestored, anyRecord, anyReply, anyTime, (web, record, now, time) => {
        const apply = nextApplyStep(web, record, { instance: now, ...time }, PATIENCE);
        if (apply.do === 'end' && ['changed', 'compliant'].includes(apply.end.outcome.kind)) {
          expect(apply.end.outcome.kind).toBe(record.wrote ? 'changed' : 'compliant');
          expect(now?.optionsState === 'applied' && isCompliant(now.options ?? {}, web.desired)).toBe(true);
        }
        const restore = nextRestoreStep(web, record, { instance: now, ...time }, PATIENCE, false);
        if (restore.do === 'end' && restore.end.outcome.kind === 'restored') {
          expect(now?.optionsState).toBe('applied');
          expect(isCompliant(now?.options ?? {}, pickOptions(web.before, fieldsOf(web.desired)))).toBe(true);
          // Whatever was read before: the last word is an accepted Update of the restore itself.
          if (web.confirmed === undefined) expect(record).toMatchObject({ wrote: true, accepted: true });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const anyTurn: fc.Arbitrary<Turn> = fc.record({
  write: fc.constantFrom('clear' as const, 'lost' as const, 'unclear' as const, 'crash' as const, 'stuck' as const),
  read: fc.constantFrom('true' as const, 'true' as const, 'stale' as const, 'unreadable' as const),
  elsewhere: fc.option(fc.oneof(whole, fc.constantFrom('delete' as const, 'replace' as const, 'restart' as const)), {
    freq: 8,
    nil: undefined,
  }),
});

const applying = (web: Target) => (record: ChangeRecord, reading: Reading) =>
  nextApplyStep(web, record, reading, PATIENCE);
const restoring = (web: RestoreTarget) => (record: ChangeRecord, reading: Reading) =>
  nextRestoreStep(web, record, reading, PATIENCE, false);

/** With what the end of its apply says of it, as a batch passes it on. */
function toRestore(web: Target, applied: ReturnType<typeof follow<ApplyEnd>>): RestoreTarget {
  const isConfirmed = applied.end !== 'too many errors' && applied.end.outcome.kind === 'changed';
  return isConfirmed ? { ...web, confirmed: true } : web;
}

/** The instance that the plan has seen, with any values in the fields that nobody asked for. */
const anyCase = fc
  .tuple(anyTarget, whole)
  .map(([web, others]) => ({ web, original: { ...others, ...web.before } }))
  .map(({ web, original }) => ({ web, original, cloud: () => new TinyLightsail(original) }));

describe('against a Lightsail that loses, delays and repeats, beside people who change things', () => {
  test('an apply ends after every schedule, and what it says is what it has seen', () => {
    fc.assert(
      fc.property(anyCase, fc.array(anyTurn, { maxLength: 25 }), ({ web, cloud }, schedule) => {
        const { end, writes, seen } = follow(cloud(), applying(web), schedule);
        if (end === 'too many errors') return;
        const { kind } = end.outcome;
        if (kind === 'changed' || kind === 'compliant')
          expect(isCompliant(seen?.options ?? {}, web.desired)).toBe(true);
        if (kind === 'compliant' || kind === 'failed') expect(writes > 0).toBe(kind === 'failed');
      }),
      { numRuns: 500 },
    );
  });

  test('an apply that nobody disturbs changes the instance, whatever becomes of its first writes', () => {
    const trouble = fc.array(
      fc.record({
        write: fc.constantFrom('lost' as const, 'unclear' as const, 'crash' as const),
        read: fc.constant('true' as const),
      }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(anyCase, trouble, ({ web, cloud }, schedule) => {
        const lightsail = cloud();
        expect(follow(lightsail, applying(web), schedule).end).toMatchObject({ outcome: { kind: 'changed' } });
        expect(isCompliant(lightsail.read('true')?.options ?? {}, web.desired)).toBe(true);
      }),
    );
  });

  test('a restore ends after every schedule, and names what it could not take back', () => {
    fc.assert(
      fc.property(
        anyCase,
        fc.array(anyTurn, { maxLength: 15 }),
        fc.array(anyTurn, { maxLength: 15 }),
        ({ web, cloud }, before, after) => {
          const lightsail = cloud();
          const applied = follow(lightsail, applying(web), before);
          const { end, seen } = follow(lightsail, restoring(toRestore(web, applied)), after);
          if (end === 'too many errors') return;
          const back = pickOptions(web.before, fieldsOf(web.desired));
          if (end.outcome.kind === 'restored') expect(isCompliant(seen?.options ?? {}, back)).toBe(true);
          else expect(end.detail ?? end.outcome.kind).not.toBe('');
        },
      ),
      { numRuns: 500 },
    );
  });

  test('an Update that readings hide, whose apply has failed, is restored all the same', () => {
    const stale = fc.nat(40);
    fc.assert(
      fc.property(anyCase, stale, fc.boolean(), ({ web, original }, staleFor, isStuck) => {
        const lightsail = new TinyLightsail(original, staleFor);
        lightsail.write(web.desired, isStuck);
        const { end, writes } = follow(lightsail, restoring(web), []);
        expect(end).toMatchObject({ outcome: { kind: 'restored' } });
        expect(writes).toBeGreaterThan(0);
        expect(isCompliant(lightsail.options, pickOptions(web.before, fieldsOf(web.desired)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('what an apply has done, however it went, is taken back to the very values before, and a second restore writes nothing', () => {
    const undisturbed = anyTurn.map((turn) => ({ ...turn, elsewhere: undefined }));
    fc.assert(
      fc.property(anyCase, fc.array(undisturbed, { maxLength: 25 }), ({ web, cloud }, schedule) => {
        const lightsail = cloud();
        const original = lightsail.read('true')?.options;
        const applied = follow(lightsail, applying(web), schedule);
        const restored = follow(lightsail, restoring(toRestore(web, applied)), []);
        expect(restored.end).toMatchObject({ outcome: { kind: 'restored' } });
        expect(lightsail.read('true')?.options).toEqual(original);
        expect(follow(lightsail, restoring({ ...web, confirmed: true }), [])).toMatchObject({
          end: { outcome: { kind: 'restored' } },
          writes: 0,
        });
      }),
      { numRuns: 500 },
    );
  });
});
