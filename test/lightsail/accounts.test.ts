import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AccountRoles, classifyError, createSdkLightsail, mayHaveTakenEffect } from '../../src/lightsail/index.js';
import { type ScenarioInput, startSimulator } from '../../src/simulator/index.js';
import { QUICK_PACING } from '../support/pacing.js';

const OWN = '111122223333';
const OTHER = '444455556666';
const REGION = 'us-east-1';
const ROLE = { role: `arn:aws:iam::${OTHER}:role/imds-rollout`, externalId: 'imds-2026' };

async function twoAccounts(roles: AccountRoles = { [OTHER]: ROLE }, scenario: ScenarioInput = {}) {
  const simulator = await startSimulator({
    scenario: {
      accounts: [
        { id: OWN, accessKeyId: 'AKIATEST000000000001' },
        { id: OTHER, roles: [{ name: 'imds-rollout', externalId: 'imds-2026' }] },
      ],
      fleet: [OWN, OTHER].map((account) => ({ account, region: REGION, prefix: 'web-', count: 2 })),
      ...scenario,
    },
  });
  onTestFinished(() => simulator.close());
  const sdk = createSdkLightsail({
    endpoint: simulator.url,
    credentials: { accessKeyId: 'AKIATEST000000000001', secretAccessKey: 'test' },
    accounts: roles,
    pacing: QUICK_PACING,
  });
  onTestFinished(() => sdk.close());
  const list = (account?: string, purpose?: string) =>
    sdk
      .lightsail({
        region: REGION,
        ...(account !== undefined && { account }),
        ...(purpose !== undefined && { purpose }),
      })
      .getInstances({})
      .then(({ instances = [] }) => instances.map(({ arn }) => arn?.split(':')[4]));
  const sent = (operation: 'AssumeRole' | 'GetCallerIdentity' | 'GetInstances') => simulator.state.calls({ operation });
  return { simulator, sdk, list, sent };
}

describe('an account', () => {
  it('of a role is reached with its external ID, in a session that is named after the purpose', async () => {
    const { list, sent } = await twoAccounts();
    expect(await list()).toEqual([OWN, OWN]);
    expect(await list(OTHER, 'imds-rollout-prod')).toEqual([OTHER, OTHER]);
    expect(sent('AssumeRole')).toEqual([
      expect.objectContaining({
        input: expect.objectContaining({ RoleArn: ROLE.role, RoleSessionName: 'imds-rollout-prod' }),
      }),
    ]);
  });

  it('is asked for one session a purpose, and its identity once', async () => {
    const { list, sent } = await twoAccounts();
    for (const purpose of ['one', 'two', 'one', 'two']) await list(OTHER, purpose);
    expect(sent('AssumeRole')).toHaveLength(2);
    expect(sent('GetCallerIdentity')).toHaveLength(1);
  });

  it('is looked up at the simulator that is given, whatever the environment leads to', async () => {
    const other = await startSimulator({ scenario: { accounts: [{ id: OTHER }] } });
    onTestFinished(() => other.close());
    for (const [name, value] of Object.entries(other.env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { list } = await twoAccounts({});
    expect(await list(OWN)).toEqual([OWN, OWN]);
  });

  it("that is the process's own is recognised, and needs no role", async () => {
    const { list, sent } = await twoAccounts();
    expect(await list(OWN)).toEqual([OWN, OWN]);
    expect(await list(OWN)).toEqual([OWN, OWN]);
    expect(sent('AssumeRole')).toEqual([]);
    expect(sent('GetCallerIdentity')).toHaveLength(1);
  });

  it('is reached again when its session is refused as expired, by all calls at once', async () => {
    const { simulator, list, sent } = await twoAccounts();
    await list(OTHER, 'one');
    simulator.state.addFault({ operation: 'AssumeRole', times: 1, effect: { expiresAfterMs: 0 } });
    const lists = await Promise.all(Array.from({ length: 5 }, () => list(OTHER, 'two')));
    expect(lists.flat()).toEqual(Array.from({ length: 10 }, () => OTHER));
    expect(sent('AssumeRole')).toHaveLength(3);
  });
});

it('an Update with keys that have ended was not sent, and is not sent again by itself', async () => {
  const { simulator, sdk, list, sent } = await twoAccounts();
  await list(OTHER, 'one');
  simulator.state.addFault({ operation: 'AssumeRole', times: 1, effect: { expiresAfterMs: 0 } });
  const two = sdk.lightsail({ region: REGION, account: OTHER, purpose: 'two' });
  const update = () => two.updateInstanceMetadataOptions({ instanceName: 'web-1', httpTokens: 'required' });
  const problem = await update().then(() => expect.fail('should have been refused'), classifyError);
  expect(problem).toMatchObject({ kind: 'transient', name: 'SessionRenewed' });
  expect(mayHaveTakenEffect(problem)).toBe(false);
  expect((await update()).operation?.status).toBe('Succeeded');
  expect(sent('AssumeRole')).toHaveLength(3);
});

describe('refused for good, before anything is sent to Lightsail, is an account', () => {
  const refusal = (promise: Promise<unknown>) =>
    promise.then(() => expect.fail('should have been refused'), classifyError);

  it('that is not configured', async () => {
    const { list, sent } = await twoAccounts({});
    expect(await refusal(list(OTHER))).toMatchObject({
      kind: 'denied',
      name: 'AccountNotConfigured',
      message: expect.stringMatching(/444455556666 isn't in this worker's configuration.*belong to 111122223333/),
    });
    expect(sent('GetInstances')).toEqual([]);
  });

  it('whose role is one of another account', async () => {
    const { list, sent } = await twoAccounts({ [OWN]: ROLE });
    expect(await refusal(list(OWN))).toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/role of account 111122223333 .* is one of account 444455556666/),
    });
    expect(sent('GetInstances')).toEqual([]);
  });

  it.each([
    ['another external ID', { ...ROLE, externalId: 'T0PSECRET' }],
    ['no external ID', { role: ROLE.role }],
    ['a role that is not there', { ...ROLE, role: `arn:aws:iam::${OTHER}:role/nobody` }],
  ])('with %s, and its secret is not told', async (_, role) => {
    const { list, sent } = await twoAccounts({ [OTHER]: role });
    const problem = await refusal(list(OTHER));
    expect(problem).toMatchObject({ kind: 'denied', message: expect.stringContaining("can't be assumed") });
    expect(problem.message).not.toMatch(/T0PSECRET|imds-2026/);
    expect(sent('GetInstances')).toEqual([]);
  });

  it('in a region that its configuration leaves out; its list of regions may still be read', async () => {
    const { list, sdk } = await twoAccounts({ [OTHER]: { ...ROLE, regions: ['eu-west-1'] } });
    expect(await refusal(list(OTHER))).toMatchObject({
      kind: 'denied',
      name: 'RegionNotConfigured',
      message: expect.stringContaining('holds account 444455556666 to eu-west-1'),
    });
    const { regions = [] } = await sdk.lightsail({ region: REGION, account: OTHER }).getRegions({});
    expect(regions.map(({ name }) => name)).toContain('eu-north-1');
  });
});

it('trouble of STS that may pass is tried again, and is not taken for a refusal', async () => {
  const { simulator, list } = await twoAccounts();
  simulator.state.addFault({ operation: 'AssumeRole', times: 2, effect: { error: 'InternalFailure' } });
  expect(await list(OTHER).catch(classifyError)).toMatchObject({ kind: 'credentials', name: 'KeysUnavailable' });
  expect(await list(OTHER)).toEqual([OTHER, OTHER]);
});
