import { describe, expect, it } from 'vitest';
import { toListedInstance } from '../../src/lightsail/index.js';
import type { FleetInstance } from '../../src/rollout/instance.js';
import { settleListings, whyOutOfScope } from '../../src/rollout/listing.js';
import { describeOutcome } from '../../src/rollout/outcome.js';
import { ACCOUNT, arnOf, instance, planOf } from './builders.js';

const OTHER = '999988887777';
const HERE = { region: 'us-east-1', account: ACCOUNT };

const raw = (changes: object) => ({
  arn: arnOf('web-1'),
  name: 'web-1',
  state: { name: 'running' },
  metadataOptions: { state: 'applied' as const, httpTokens: 'optional' as const },
  ...changes,
});

describe('an instance in a listing of us-east-1', () => {
  it.each([
    ['is one of it', arnOf('web-1'), undefined],
    ['is of another region', arnOf('web-1', 'eu-west-1'), 'it is listed in us-east-1, and its ARN is of eu-west-1'],
    ['is of another account', arnOf('web-1', 'us-east-1', OTHER), `its ARN is of account ${OTHER}`],
    ['has an ARN of another service', arnOf('web-1').replace('lightsail', 'ec2'), 'its ARN is none of an instance'],
    ['has an ARN of a disk', arnOf('web-1').replace('Instance', 'Disk'), 'its ARN is none of an instance'],
    ['has an ARN without an account', `arn:aws:lightsail:us-east-1::Instance/a`, 'its ARN is none of an instance'],
    ['has an ARN of a zone', arnOf('web-1', 'us-east-1a'), 'its ARN is of us-east-1a'],
    ['has a word for an ARN', 'web-1', 'its ARN is none of an instance'],
  ])('%s', (_, arn, why) => {
    const listed = toListedInstance(raw({ arn }), HERE);
    if (why === undefined) expect(listed).not.toHaveProperty('outOfScope');
    else expect(listed?.outOfScope).toContain(why);
    // What can't be changed isn't known either, so that nothing takes it for compliant.
    expect(listed?.options === undefined).toBe(why !== undefined);
    expect(listed).toMatchObject({ arn, name: 'web-1' });
  });

  it.each([
    ['without a name', { name: undefined }],
    ['with an empty name', { name: '' }],
    ['with a name of 100 KB', { name: 'w'.repeat(100_000) }],
    ['without an ARN', { arn: undefined }],
    ['with an ARN of 100 KB', { arn: `${arnOf('web-1')}${'w'.repeat(100_000)}` }],
  ])('%s can not be named, and is none', (_, changes) => {
    expect(toListedInstance(raw(changes), HERE)).toBeUndefined();
  });

  it('may be of any account where nobody knows which', () => {
    expect(whyOutOfScope(instance('web-1', { account: OTHER }), { region: 'us-east-1' })).toBeUndefined();
  });
});

describe('listings', () => {
  const astray: FleetInstance = { ...instance('web-1'), outOfScope: 'it is listed in eu-west-1' };

  it.each([[[astray, instance('web-1')]], [[instance('web-1'), astray]]])(
    'take an instance from that of its own place, in whatever order',
    (fleet) => {
      expect(settleListings(fleet, true)).toEqual([instance('web-1')]);
    },
  );

  it('that name several accounts, where the own one is not known, lead to no change at all', () => {
    const mixed = [instance('web-1'), instance('web-2', { account: OTHER }), instance('web-3')];
    const plan = planOf({}, mixed);
    expect(plan.stages.flatMap(({ targets }) => targets)).toEqual([]);
    expect(plan.settled.map(({ name, outcome }) => `${name} ${describeOutcome(outcome)}`)).toEqual([
      'web-1 blocked(out-of-scope)',
      'web-3 blocked(out-of-scope)',
      'web-2 blocked(out-of-scope)',
    ]);
    expect(plan.settled[0]?.detail).toContain(`${ACCOUNT}, ${OTHER}): name the one to change (targets.accounts)`);
  });
});
