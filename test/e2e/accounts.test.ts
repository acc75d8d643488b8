import { randomInt } from 'node:crypto';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, it } from 'vitest';
import type { AccountRole, AccountRoles } from '../../src/lightsail/index.js';
import type { FaultInput } from '../../src/simulator/index.js';
import { ACCESS_KEY, createWorld, type World, type WorldOptions } from '../support/world.js';

const EXTERNAL_ID = 'imds-rollout-2026-KEEP0UT';
const OPTIONS = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
const ONE_STAGE = { stages: [{ name: 'all', size: 'rest' }] };

interface TwoAccounts {
  readonly world: World;
  /** The one that is reached by its role. */
  readonly other: string;
  readonly role: AccountRole;
  /** What each instance has, by account. */
  tokens(): Record<string, (string | undefined)[]>;
}

/** Two accounts with instances of the same names. @param roles - what the worker is configured with */
async function twoAccounts(
  options: WorldOptions,
  roles: (other: string, role: AccountRole) => AccountRoles = (other, role) => ({ [other]: role }),
): Promise<TwoAccounts> {
  const { regions = ['us-east-1'] } = options;
  // No two tests have the same one: a rollout holds its lease.
  const other = String(randomInt(100_000_000_000, 999_999_999_999));
  const role = { role: `arn:aws:iam::${other}:role/imds-rollout`, externalId: EXTERNAL_ID };
  const world = await createWorld({
    otherAccounts: [{ id: other, roles: [{ name: 'imds-rollout', externalId: EXTERNAL_ID }] }],
    sdk: { accounts: roles(other, role) },
    fleet: [undefined, other].flatMap((account) =>
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
  const instances = () => world.simulator.state.instances();
  const tokensOf = (account: string) =>
    instances().flatMap((each) => (each.account === account ? each.metadataOptions?.httpTokens : []));
  return { world, other, role, tokens: () => ({ own: tokensOf(world.account), other: tokensOf(other) }) };
}

const ALL_REQUIRED = ['required', 'required', 'required'];
const ALL_OPTIONAL = ['optional', 'optional', 'optional'];

describe.concurrent('a rollout over accounts', () => {
  it('changes both, the same names in each, in a session that has its name; and goes back', async ({
    onTestFinished,
    expect,
  }) => {
    const { world, other, role, tokens } = await twoAccounts({ onTestFinished });
    const targets = { accounts: [world.account, other], regions: ['us-east-1'] };
    const rollout = await world.start({ ...ONE_STAGE, targets });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 6 } } });
    expect(tokens()).toEqual({ own: ALL_REQUIRED, other: ALL_REQUIRED });
    const sessions = world.simulator.state.calls({ operation: 'AssumeRole' }).map(({ input }) => input);
    const name = rollout.workflowId;
    expect(sessions).toEqual([expect.objectContaining({ RoleArn: role.role, RoleSessionName: name })]);
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 6 } } });
    expect(tokens()).toEqual({ own: ALL_OPTIONAL, other: ALL_OPTIONAL });
    for (const { workflowId } of [rollout, rollback]) {
      const history = await world.client.workflow.getHandle(workflowId).fetchHistory();
      expect(JSON.stringify(historyToJSON(history))).not.toMatch(new RegExp(`KEEP0UT|${ACCESS_KEY}|arn:aws:iam`));
    }
  });

  it('goes on over a session that ends in its middle, sooner than it said', async ({ onTestFinished, expect }) => {
    const faults: FaultInput[] = [{ operation: 'AssumeRole', times: 1, effect: { expiresAfterMs: 3_000 } }];
    const { world, other, tokens } = await twoAccounts({
      onTestFinished,
      scenario: { faults, pending: { min: 1_500, max: 1_800 } },
    });
    const rollout = await world.start({
      ...ONE_STAGE,
      targets: { accounts: [other], regions: ['us-east-1'] },
      concurrency: 1,
    });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    expect(tokens()).toEqual({ own: ALL_OPTIONAL, other: ALL_REQUIRED });
    expect(world.simulator.state.calls({ operation: 'AssumeRole' })).toHaveLength(2);
    expect(world.updates()).toHaveLength(3);
  });

  const STRANGER = '777788889999';
  it.for<[string, Parameters<typeof twoAccounts>[1], RegExp]>([
    [
      'that nobody has configured',
      () => ({}),
      /^us-east-1 of account \d+ can't be read .*in this worker's configuration/,
    ],
    ['whose role is one of another account', (_, role) => ({ [STRANGER]: role }), /777788889999 .*one of account \d/],
    [
      'whose role may not be assumed',
      (other, role) => ({ [other]: { ...role, externalId: 'wrong' } }),
      /imds-rollout can't be assumed/,
    ],
    [
      'in a region that is left out of it',
      (other, role) => ({ [other]: { ...role, regions: ['eu-west-1'] } }),
      /to eu-west-1/,
    ],
  ])('with one %s fails in its plan, and writes nowhere', async ([what, roles, says], { onTestFinished, expect }) => {
    const { world, other } = await twoAccounts({ onTestFinished }, roles);
    const accounts = [world.account, what.includes('another account') ? STRANGER : other];
    const rollout = await world.start({ ...ONE_STAGE, targets: { accounts, regions: ['us-east-1'] } });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'failed', type: 'PlanFailed', message: expect.stringMatching(says) });
    expect(JSON.stringify(outcome)).not.toContain(EXTERNAL_ID);
    expect(world.updates()).toEqual([]);
  });

  it('with one of three scopes that may not be read fails, names it, and writes nowhere', async ({
    onTestFinished,
    expect,
  }) => {
    const { world, other } = await twoAccounts({ onTestFinished, regions: ['us-east-1', 'eu-west-1'] });
    const denied = { operation: 'GetInstances', account: other, region: 'eu-west-1' } as const;
    world.simulator.state.addFault({ ...denied, effect: { error: 'AccessDeniedException' } });
    const targets = { accounts: [other, world.account], regions: ['us-east-1', 'eu-west-1'] };
    const rollout = await world.start({ ...ONE_STAGE, targets });
    expect(await rollout.result()).toMatchObject({
      type: 'PlanFailed',
      message: expect.stringMatching(new RegExp(`^eu-west-1 of account ${other} can't be read .*AccessDenied`)),
    });
    expect(world.updates()).toEqual([]);
  });
});

describe.concurrent('a rollout over all regions', () => {
  it('of two accounts completes though a region of one is left out, in which the other has instances', async ({
    onTestFinished,
    expect,
  }) => {
    const { world, other, tokens } = await twoAccounts({ onTestFinished }, (account, role) => ({
      [account]: { ...role, regions: ['eu-west-1'] },
    }));
    const targets = { accounts: [world.account, other], regions: 'all' as const };
    const rollout = await world.start({ ...ONE_STAGE, targets });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    expect(tokens()).toEqual({ own: ALL_REQUIRED, other: ALL_OPTIONAL });
  });

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
