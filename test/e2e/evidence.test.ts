import { describe, it } from 'vitest';
import { collectReport, PlanFailedError } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { FaultInput } from '../../src/simulator/index.js';
import { usageReadings } from '../support/evidence.js';
import { each, ONE_STAGE, reasonOf, reported, resultOf, roll, tokensOf } from '../support/rollouts.js';
import { until } from '../support/wait.js';
import { createWorld, type WorldOptions } from '../support/world.js';

const OPEN = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
const region = 'us-east-1';

/** Two hosts that use IMDSv1, one of which nobody knows, and others. */
const FLEET: NonNullable<WorldOptions['fleet']> = [
  { region, prefix: 'busy-', count: 2, options: OPEN, tokenless: 12 },
  { region, prefix: 'dark-', count: 1, options: OPEN, tokenless: null },
  { region, prefix: 'safe-', count: 1, options: { ...OPEN, httpTokens: 'required' } },
  { region, prefix: 'out-', count: 1, options: OPEN, tags: { 'imds-rollout': 'skip' } },
  { region, prefix: 'web-', count: 2, options: OPEN },
];

/** With the gate as a spec has it that says nothing of evidence. */
const ON: Partial<RolloutSpecInput> = { ...ONE_STAGE, evidence: {} };

function onUsage(error: string, more: Partial<FaultInput> = {}): FaultInput {
  return { operation: 'GetInstanceMetricData', effect: { error }, ...more };
}

describe.concurrent('evidence', () => {
  it('blocks hosts with calls without a token by name, count and last use, and those without data, by one call each', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const rollout = await world.start({ ...ON, evidence: { allow: ['busy-2', 'nobody-*'] } });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, blocked: 2, skipped: 1 } } });
    expect(reported(outcome)).toEqual({
      'busy-1': 'blocked(evidence)',
      'dark-1': 'blocked(evidence)',
      'out-1': 'skipped(opted-out)',
    });
    const used =
      /^40\d\d calls without a token in the last 14d, the last after \d{4}-\d\d-\d\d \d\d:00 UTC, data of 336 of 336 hours$/;
    expect(reasonOf(outcome, 'busy-1')).toMatch(used);
    expect(reasonOf(outcome, 'dark-1')).toBe('no evidence: MetadataNoToken has no data points');
    expect(resultOf(outcome).evidence).toEqual({
      allowed: [{ name: 'busy-2', arn: world.instance('busy-2').arn, detail: expect.stringMatching(used) }],
    });
    expect(tokensOf(world)).toEqual({
      ...each(['busy-1', 'dark-1', 'out-1'], 'optional'),
      ...each(['busy-2', 'safe-1', 'web-1', 'web-2'], 'required'),
    });
    expect(usageReadings(world)).toEqual(['busy-1', 'busy-2', 'dark-1', 'web-1', 'web-2']);
    const status = await rollout.status();
    expect(status.evidence?.allowed).toMatchObject([{ name: 'busy-2' }]);
    expect(status.warnings).toContain('evidence.allow (nobody-*) matches no instance.');
  });

  it('that covers too little of its time is none: an hour of data in 14 days, or a host that was stopped all the time', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: [
        { region, prefix: 'late-', count: 1, options: OPEN, tokenless: null },
        { region, prefix: 'off-', count: 1, options: OPEN, state: 'stopped', tokenless: null },
        { region, prefix: 'young-', count: 1, options: OPEN },
        { region, prefix: 'web-', count: 1, options: OPEN },
      ],
    });
    world.patch('late-1', { tokenless: 0 });
    // Since a moment ago, of which there is data.
    world.recreate('young-1');
    const rollout = await world.start(ON);
    const outcome = await rollout.result();
    expect(reported(outcome)).toEqual({ 'late-1': 'blocked(evidence)', 'off-1': 'blocked(evidence)' });
    expect(reasonOf(outcome, 'late-1')).toBe(
      'no evidence: MetadataNoToken has data of 1 of 336 hours, and it takes 84',
    );
    expect(reasonOf(outcome, 'off-1')).toBe('no evidence: MetadataNoToken has no data points');
    expect(tokensOf(world)).toMatchObject({ 'young-1': 'required', 'web-1': 'required', 'late-1': 'optional' });
    const report = await collectReport(world.client, { workflowId: rollout.workflowId });
    const use = Object.fromEntries(report.instances.map(({ name, tokenless }) => [name, tokenless]));
    expect(use).toMatchObject({
      'late-1': { calls: 0, hours: 1, expected: 336 },
      'young-1': { calls: 0, hours: 1, expected: 1 },
      'web-1': { calls: 0, hours: 336, expected: 336 },
    });
  });

  it('is that of each account, though hosts have the same name there', async ({ onTestFinished, expect }) => {
    const other = '444455556666';
    const world = await createWorld({
      onTestFinished,
      otherAccounts: [{ id: other, roles: [{ name: 'imds-rollout' }] }],
      sdk: { accounts: { [other]: { role: `arn:aws:iam::${other}:role/imds-rollout` } } },
      fleet: [
        { region, prefix: 'web-', count: 1, options: OPEN },
        { account: other, region, prefix: 'web-', count: 1, options: OPEN, tokenless: 12 },
      ],
    });
    const outcome = await roll(world, { ...ON, targets: { accounts: [world.account, other], regions: [region] } });
    expect(resultOf(outcome).exceptions).toMatchObject([{ scope: `${other}:${region}`, outcome: 'blocked(evidence)' }]);
    expect(resultOf(outcome).counts).toMatchObject({ changed: 1, blocked: 1 });
  });

  it('is asked for only where tokens become required, and only of those that the start is for', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const { taskQueue, rollouts } = world;
    await rollouts.plan(world.spec({ ...ON, options: { httpPutResponseHopLimit: 2 } }), { taskQueue });
    expect(usageReadings(world)).toEqual([]);
    const { stages } = await rollouts.plan(world.spec(ON), { taskQueue, bounds: { only: ['web-2', 'safe-1'] } });
    expect(stages[0]?.targets.map(({ name }) => name)).toEqual(['web-2']);
    expect(usageReadings(world)).toEqual(['web-2']);
  });

  it('makes the same plan though counts and times have moved, and another one where a host has begun', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const { taskQueue, rollouts } = world;
    const planned = await rollouts.plan(world.spec(ON), { taskQueue });
    world.patch('busy-1', { tokenless: 10_000 });
    const again = await rollouts.plan(world.spec(ON), { taskQueue });
    const detailOf = (plan: typeof planned) => plan.settled.find(({ name }) => name === 'busy-1')?.detail;
    expect(detailOf(again)).not.toBe(detailOf(planned));
    expect(again.hash).toBe(planned.hash);
    world.patch('web-1', { tokenless: 1 });
    const rollout = await rollouts.start(world.spec(ON), { taskQueue, bounds: { planHash: planned.hash } });
    expect(await rollout.result()).toMatchObject({ type: 'PlanFailed' });
    expect(world.updates()).toEqual([]);
  });

  it('fails the plan where it is told to, naming hosts and remedy', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const outcome = await roll(world, { ...ON, evidence: { onExceed: 'fail', onUnknown: 'fail' } });
    expect(outcome).toMatchObject({ type: 'PlanFailed' });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(
        /against 3 instances: us-east-1\/busy-1 \(40\d\d calls .*dark-1 \(no evidence: .*evidence\.allow .*Nothing was changed/,
      ),
    });
    const { taskQueue, rollouts } = world;
    const plan = rollouts.plan(world.spec({ ...ON, evidence: { onUnknown: 'fail' } }), { taskQueue });
    await expect(plan).rejects.toThrow(PlanFailedError);
    await expect(plan).rejects.toThrow(/against 1 instance: us-east-1\/dark-1/);
    expect(world.updates()).toEqual([]);
  });

  it('that can not be read fails the plan with the region and the permission, and changes nothing', async ({
    onTestFinished,
    expect,
  }) => {
    const faults = [onUsage('AccessDeniedException', { instance: 'web-2' })];
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: { faults } });
    const outcome = await roll(world, ON);
    expect(outcome).toMatchObject({
      type: 'PlanFailed',
      message: expect.stringMatching(
        /The evidence of us-east-1 can't be read \(.*AccessDeniedException.*Allow lightsail:GetInstanceMetricData/,
      ),
    });
    expect(world.updates()).toEqual([]);
  });

  it('is waited for while it is throttled or fails for a while, and nothing is read twice', async ({
    onTestFinished,
    expect,
  }) => {
    const faults = [
      onUsage('ThrottlingException', { times: 3 }),
      onUsage('ServiceException', { instance: 'web-1', times: 2 }),
    ];
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: { faults } });
    expect(await roll(world, ON)).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
    const read = world.simulator.state.calls({ operation: 'GetInstanceMetricData' }).filter(({ error }) => !error);
    expect(read.map(({ instanceName }) => instanceName).sort()).toEqual([
      'busy-1',
      'busy-2',
      'dark-1',
      'web-1',
      'web-2',
    ]);
  });

  it('that is throttled for ever does not hold up an abort', async ({ onTestFinished, expect }) => {
    const faults = [onUsage('ThrottlingException')];
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: { faults } });
    const rollout = await world.start(ON);
    await until(() => expect(usageReadings(world)).not.toEqual([]));
    await rollout.abort({ by: 'test' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(world.updates()).toEqual([]);
  });
});
