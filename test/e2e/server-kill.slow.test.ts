import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { expect, it, type TestContext } from 'vitest';
import type { RolloutHandle, RolloutOutcome } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { resolveTemporalServer, startTemporalServer } from '../../src/server/index.js';
import { heldChanges, heldReadings } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { ONE_STAGE } from '../support/rollouts.js';
import type { TestTemporal } from '../support/temporal.js';
import { until, waitForHold, waitForStatus } from '../support/wait.js';
import { spawnWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

interface OwnServer extends TestTemporal {
  /** SIGKILL, and a start at the same address with the same database file. */
  crash(): Promise<void>;
}

async function startOwnServer(onTestFinished: TestContext['onTestFinished']): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-server-'));
  const cli = await resolveTemporalServer({ ownServer: true });
  if (cli.kind !== 'executable') throw new Error('a running server is none to kill');
  const options = { path: cli.path, dbFile: join(folder, 'temporal.db') };
  let server = await startTemporalServer(options);
  const { address, namespace } = server;
  const connection = await Connection.connect({ address });
  onTestFinished(async () => {
    await connection.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    address,
    namespace,
    client: async () => new Client({ connection, namespace }),
    nativeConnection: () => NativeConnection.connect({ address }),
    crash: async () => {
      await server.kill();
      server = await startTemporalServer({ ...options, port: Number(address.split(':')[1]) });
    },
  };
}

/** One region for each phase in which a rollout may stand. */
const PHASES = {
  planning: 'us-east-1',
  applying: 'eu-west-1',
  baking: 'eu-central-1',
  approval: 'ap-south-1',
  reverting: 'us-west-2',
  'rolled back later': 'ca-central-1',
} as const;

const FLEET = 4;
const LONG_BAKE: RolloutSpecInput['stages'] = [{ name: 'all', size: 'rest', bake: '10m' }];

async function start(world: World, region: string, changes: Partial<RolloutSpecInput>): Promise<RolloutHandle> {
  return world.start({ name: `in-${region}`, targets: { regions: [region] }, ...ONE_STAGE, ...changes });
}

/** How many Updates each instance of a region got. */
function updatesIn(world: World, region: string): number[] {
  const updates = world.updates().filter((call) => call.region === region);
  return ['web-1', 'web-2', 'web-3', 'web-4'].map(
    (name) => updates.filter(({ instanceName }) => instanceName === name).length,
  );
}

it('a server that is killed and started again goes on with every rollout, in whatever phase', async ({
  onTestFinished,
}) => {
  const temporal = await startOwnServer(onTestFinished);
  const world = await createWorld({
    onTestFinished,
    temporal,
    worker: false,
    fleet: FLEET,
    regions: Object.values(PHASES),
    scenario: {
      faults: [...heldReadings({ region: PHASES.planning }), ...heldChanges({ region: PHASES.applying })],
    },
  });
  await spawnWorker(world, onTestFinished);

  const later = await start(world, PHASES['rolled back later'], {});
  expect(await later.result()).toMatchObject({ status: 'completed' });
  const baking = await start(world, PHASES.baking, { stages: LONG_BAKE });
  const approval = await start(world, PHASES.approval, {
    stages: [{ name: 'all', size: 'rest', approval: { timeout: '1h' } }],
  });
  const reverting = await start(world, PHASES.reverting, { stages: LONG_BAKE });
  await Promise.all([waitForHold(baking, 'bake'), waitForHold(approval, 'approval'), waitForHold(reverting, 'bake')]);
  for (const phase of ['reverting', 'rolled back later'] as const) holdChanges(world, { region: PHASES[phase] });
  const planning = await start(world, PHASES.planning, {});
  await reverting.abort({ mode: 'rollback' });
  const rollback = await world.rollouts.rollback([{ workflowId: later.workflowId }], { concurrency: 1 });
  const applying = await start(world, PHASES.applying, { concurrency: 1 });
  await waitForStatus(planning, ({ phase }) => phase === 'planning');
  await until(() => {
    expect(updatesIn(world, PHASES.applying)).toContain(1);
    expect(updatesIn(world, PHASES.reverting)).toContain(2);
    expect(updatesIn(world, PHASES['rolled back later'])).toContain(2);
  });

  await temporal.crash();
  letGo(world);

  await waitForHold(baking, 'bake');
  await baking.skipBake();
  await approval.approve();
  const outcomes: Record<string, RolloutOutcome> = {};
  for (const [name, rollout] of Object.entries({ planning, applying, baking, approval, reverting, rollback })) {
    outcomes[name] = await rollout.result();
  }
  const done = { status: 'completed', result: { counts: { changed: FLEET }, exceptions: [] } };
  expect(outcomes).toMatchObject({
    planning: done,
    applying: done,
    baking: done,
    approval: done,
    reverting: { type: 'RolloutRolledBack', result: { counts: { restored: FLEET } } },
    rollback: { status: 'completed', result: { ended: 'rolled-back', counts: { restored: FLEET } } },
  });
  const once = Array.from({ length: FLEET }, () => 1);
  const twice = Array.from({ length: FLEET }, () => 2);
  for (const phase of ['planning', 'applying', 'baking', 'approval'] as const)
    expect(updatesIn(world, PHASES[phase]), phase).toEqual(once);
  for (const phase of ['reverting', 'rolled back later'] as const)
    expect(updatesIn(world, PHASES[phase]), phase).toEqual(twice);
});
