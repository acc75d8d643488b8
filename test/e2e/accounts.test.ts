import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, it } from 'vitest';
import type { AccountRoles } from '../../src/lightsail/index.js';
import type { FaultInput } from '../../src/simulator/index.js';
import { ACCESS_KEY, createWorld, type World, type WorldOptions } from '../support/world.js';

const OTHER = '444455556666';
const EXTERNAL_ID = 'imds-rollout-2026-T0PSECRET';
const ROLE = { role: `arn:aws:iam::${OTHER}:role/imds-rollout`, externalId: EXTERNAL_ID };
const OPTIONS = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
const ONE_STAGE = { stages: [{ name: 'all', size: 'rest' }] };

/** Two accounts with instances of the same names; the other one is reached by its role. */
function twoAccounts(options: WorldOptions & { regions?: readonly string[] }): Promise<World> {
  const regions = options.regions ?? ['us-east-1'];
  return createWorld({
    otherAccounts: [{ id: OTHER, roles: [{ name: 'imds-rollout', externalId: EXTERNAL_ID }] }],
    sdk: { accounts: { [OTHER]: ROLE } },
    fleet: [undefined, OTHER].flatMap((account) =>
      regions.map((region) => ({
        ...(account !== undefined && { account }),
        region,
        prefix: 'web-',
        count: 3,
        options: OPTIONS,
      })),
    ),
    ...options,
  });
}

function tokensByAccount(world: World): Record<string, (string | undefined)[]> {
  const instances = world.simulator.state.instances();
  const accounts = [...new Set(instances.map(({ account }) => account))];
  return Object.fromEntries(
    accounts.map((account) => [
      account === world.account ? 'own' : account,
      instances.filter((each) => each.account === account).map(({ metadataOptions }) => metadataOptions?.httpTokens),
    ]),
  );
}

const ALL_REQUIRED = ['required', 'required', 'required'];
const ALL_OPTIONAL = ['optional', 'optional', 'optional'];

describe.concurrent('a rollout over accounts', () => {
  it('changes both, the same names in each, in a session that has its name; and goes back', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await twoAccounts({ onTestFinished });
    const targets = { accounts: [world.account, OTHER], regions: ['us-east-1'] };
    const rollout = await world.start({ ...ONE_STAGE, targets });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 6 } } });
    expect(tokensByAccount(world)).toEqual({ own: ALL_REQUIRED, [OTHER]: ALL_REQUIRED });
    const sessions = world.simulator.state.calls({ operation: 'AssumeRole' }).map(({ input }) => input);
    const name = rollout.workflowId;
    expect(sessions).toEqual([expect.objectContaining({ RoleArn: ROLE.role, RoleSessionName: name })]);
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 6 } } });
    expect(tokensByAccount(world)).toEqual({ own: ALL_OPTIONAL, [OTHER]: ALL_OPTIONAL });
    for (const { workflowId } of [rollout, rollback]) {
      const history = await world.client.workflow.getHandle(workflowId).fetchHistory();
      expect(JSON.stringify(historyToJSON(history))).not.toMatch(new RegExp(`T0PSECRET|${ACCESS_KEY}|arn:aws:iam`));
    }
  });

  it('goes on over a session that ends in its middle, sooner than it said', async ({ onTestFinished, expect }) => {
    const faults: FaultInput[] = [{ operation: 'AssumeRole', times: 1, effect: { expiresAfterMs: 3_000 } }];
    const world = await twoAccounts({ onTestFinished, scenario: { faults, pending: { min: 1_500, max: 1_800 } } });
    const rollout = await world.start({
      ...ONE_STAGE,
      targets: { accounts: [OTHER], regions: ['us-east-1'] },
      concurrency: 1,
    });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    expect(tokensByAccount(world)).toEqual({ own: ALL_OPTIONAL, [OTHER]: ALL_REQUIRED });
    expect(world.simulator.state.calls({ operation: 'AssumeRole' })).toHaveLength(2);
    expect(world.updates()).toHaveLength(3);
  });

  it.for<[string, AccountRoles, RegExp]>([
    ['that nobody has configured', {}, /444455556666 can't be read .*isn't in this worker's configuration/],
    ['whose role is one of another account', { '777788889999': ROLE }, /777788889999 .*one of account 444455556666/],
    ['whose role may not be assumed', { [OTHER]: { ...ROLE, externalId: 'wrong' } }, /imds-rollout can't be assumed/],
    ['in a region that is left out of it', { [OTHER]: { ...ROLE, regions: ['eu-west-1'] } }, /to eu-west-1/],
  ])('with one %s fails in its plan, and writes nowhere', async ([, accounts, says], { onTestFinished, expect }) => {
    const world = await twoAccounts({ onTestFinished, sdk: { accounts } });
    const [other = OTHER] = Object.keys(accounts);
    const targets = { accounts: [world.account, other], regions: ['us-east-1'] };
    const rollout = await world.start({ ...ONE_STAGE, targets });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'failed', type: 'PlanFailed', message: expect.stringMatching(says) });
    expect(JSON.stringify(outcome)).not.toContain(EXTERNAL_ID);
    expect(world.updates()).toEqual([]);
  });

  it('with one of three scopes that may not be read fails, names it, and writes nowhere', async ({
    onTestFinished,
    expect,
  }) => {
    const faults: FaultInput[] = [
      { operation: 'GetInstances', account: OTHER, region: 'eu-west-1', effect: { error: 'AccessDeniedException' } },
    ];
    const world = await twoAccounts({ onTestFinished, regions: ['us-east-1', 'eu-west-1'], scenario: { faults } });
    const targets = { accounts: [OTHER, world.account], regions: ['us-east-1', 'eu-west-1'] };
    const rollout = await world.start({ ...ONE_STAGE, targets });
    expect(await rollout.result()).toMatchObject({
      type: 'PlanFailed',
      message: expect.stringMatching(/^eu-west-1 of account 444455556666 can't be read .*AccessDenied/),
    });
    expect(world.updates()).toEqual([]);
  });
});

describe.concurrent('a rollout over all regions', () => {
  const everywhere = { ...ONE_STAGE, targets: { regions: 'all' as const } };

  it('finds what is anywhere, and names the regions that are not opted in or still being set up', async ({
    onTestFinished,
    expect,
  }) => {
    const faults: FaultInput[] = [
      { operation: 'GetInstances', region: 'ap-southeast-1', effect: { error: 'OptInRequired' } },
    ];
    const world = await createWorld({
      onTestFinished,
      regions: ['us-east-1', 'eu-north-1'],
      fleet: 2,
      scenario: { faults },
    });
    const rollout = await world.start(everywhere);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 4 } } });
    const { warnings } = await rollout.status();
    expect(warnings).toContain('Passed over, as not opted in: ap-southeast-1.');
    expect(world.simulator.state.instances().every(({ metadataOptions: m }) => m?.httpTokens === 'required')).toBe(
      true,
    );
  });

  it.for(['AccessDeniedException', 'UnrecognizedClientException'])(
    'fails in its plan where one answers %s: it may hold instances',
    async (error, { onTestFinished, expect }) => {
      const faults: FaultInput[] = [{ operation: 'GetInstances', region: 'eu-west-2', effect: { error } }];
      const world = await createWorld({ onTestFinished, scenario: { faults } });
      const rollout = await world.start(everywhere);
      expect(await rollout.result()).toMatchObject({
        type: 'PlanFailed',
        message: expect.stringContaining(`eu-west-2 can't be read`),
      });
      expect(world.updates()).toEqual([]);
    },
  );
});
