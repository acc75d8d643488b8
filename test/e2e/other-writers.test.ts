import { describe, it } from 'vitest';
import { collectReport } from '../../src/client/index.js';
import { createSdkLightsail } from '../../src/lightsail/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { resultOf } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
import { ACCESS_KEY, createWorld, type World } from '../support/world.js';

const BAKED: Partial<RolloutSpecInput> = {
  stages: [
    { name: 'canary', size: 1, bake: '10m' },
    { name: 'rest', size: 'rest' },
  ],
  spread: [],
  targets: { regions: ['us-east-1'], exclude: { names: ['web-4'] } },
};

/** As a person, or a rollout of another namespace, would: by the API, without a lease. */
async function writeElsewhere(world: World, instanceName: string, httpTokens: 'optional' | 'required'): Promise<void> {
  const { lightsail, close } = createSdkLightsail({
    endpoint: world.simulator.url,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: 'secret' },
  });
  await lightsail({ region: 'us-east-1' }).updateInstanceMetadataOptions({ instanceName, httpTokens }).finally(close);
}

/** Runs a rollout beside which this happens in the bake of its canary. */
async function runBeside(world: World, meanwhile: () => Promise<void>) {
  const rollout = await world.start(BAKED);
  await waitForHold(rollout, 'bake');
  await meanwhile();
  await rollout.skipBake();
  const outcome = await rollout.result();
  const report = await collectReport(world.client, { workflowId: rollout.workflowId });
  const { warnings = [] } = resultOf(outcome);
  return { outcome, warnings, status: await rollout.status(), report };
}

describe.concurrent('a writer beside a rollout', () => {
  it('on an instance of no stage is a warning in result, status and report, and no failure', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const { outcome, warnings, status, report } = await runBeside(world, () =>
      writeElsewhere(world, 'web-4', 'required'),
    );
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Something else sent UpdateInstanceMetadataOptions to 1 instance in .*us-east-1.*: web-4\./,
      ),
    ]);
    expect(status.warnings).toEqual(expect.arrayContaining([...warnings]));
    expect(report.warnings).toEqual(expect.arrayContaining([...warnings]));
  });

  it('that takes over targets of a later stage is named with them', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const { outcome, warnings } = await runBeside(world, () => writeElsewhere(world, 'web-3', 'required'));
    expect(outcome).toMatchObject({ status: 'completed' });
    expect(warnings).toEqual([
      expect.stringMatching(/^Something else changed 1 target while the rollout ran: us-east-1\/web-3\. .*namespace/),
      expect.stringMatching(/^Something else sent .*: web-3\./),
    ]);
  });

  it('that takes a change back is named', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const { warnings } = await runBeside(world, () => writeElsewhere(world, 'web-1', 'optional'));
    expect(warnings).toEqual([expect.stringMatching(/^Something else changed 1 target .*web-1/)]);
  });

  it('that is not there is no warning, for one call of each region', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const { outcome, report } = await runBeside(world, async () => {});
    expect(resultOf(outcome)).not.toHaveProperty('warnings');
    expect(report.warnings.join()).not.toContain('Something else');
    expect(world.simulator.state.calls({ operation: 'GetOperations' })).toHaveLength(1);
  });

  it('is not known where GetOperations is denied, which is a warning and no failure', async ({
    onTestFinished,
    expect,
  }) => {
    const faults = [{ operation: 'GetOperations' as const, effect: { error: 'AccessDeniedException' } }];
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: { faults } });
    const { outcome, warnings } = await runBeside(world, async () => {});
    expect(outcome).toMatchObject({ status: 'completed' });
    expect(warnings).toEqual([
      expect.stringMatching(/isn't known \(.*AccessDeniedException.*Allow lightsail:GetOperations/),
    ]);
  });
});
