import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RolloutClient, type RolloutHandle } from '../src/client/index.js';
import { parseDuration } from '../src/rollout/duration.js';
import { countCalls, disturb, meddle, operate, type Scene, startOther, unlessStarted } from './actors.js';
import { awaitEnd, countOpen, recordAgain, recordLeases, recordRun, recordWorkflows } from './collect.js';
import { cutsOff, type Evidence, type LeaseRecord, type RunRecord } from './evidence.js';
import type { Lane } from './lane.js';
import { patiently, waitUntil } from './patience.js';
import { type Action, HEIRS_HOPS, regionsOf, type Script } from './script/index.js';
import { Watch } from './watch.js';

/** Longer than everything that a run may have to wait for: a worker that died, noticed by its heartbeats, several times. */
const DEADLINE = 300_000;

/** From then on an operator lets everything go on that waits, in milliseconds after the start. */
const HELP_AFTER = 3_200;

const HELP_INTERVAL = 150;

/**
 * Plays a script in a lane: a rollout with all that happens to it, to its end, and what is done afterwards.
 *
 * @throws StuckError where anything doesn't end
 */
export async function play(script: Script, lane: Lane): Promise<Evidence> {
  const since = new Date();
  const deadline = Date.now() + DEADLINE;
  const { client } = lane.ground;
  const simulator = await lane.simulate({ ...script.scenario, fleet: script.fleet, faults: [...script.faults] });
  const before = simulator.state.instances();
  const workflowId = `chaos-${randomUUID().slice(0, 13)}`;
  const rollouts = new RolloutClient(client);
  const spec = { ...script.spec, name: 'chaos', targets: { regions: regionsOf(script) } };
  const watch = new Watch(simulator, parseDuration(script.spec.apply?.timeout ?? '') ?? 0);
  const killsBefore = lane.ground.kills;
  try {
    await patiently(() => rollouts.start(spec, { workflowId, taskQueue: lane.taskQueue })).catch(unlessStarted);
    const rollout = rollouts.handle(workflowId);
    const scene: Scene = {
      script,
      lane,
      simulator,
      watch,
      rollouts,
      rollout,
      rivals: [],
      foreign: [],
      messages: [],
      disturbances: 0,
    };
    const acting = Promise.all(script.actions.map((action) => act(scene, action)));
    acting.catch(() => undefined);
    const runs = [await follow(scene, 'rollout', rollout, 0, deadline)];
    // What waits for more Updates than there were doesn't happen.
    watch.release();
    await acting;
    // A reset of a run that had ended has begun another.
    if (scene.messages.some(({ what }) => what === 'reset'))
      runs[0] = await follow(scene, 'rollout', rollout, 0, deadline);
    for (const { handle, from } of scene.rivals) runs.push(await follow(scene, 'rival', handle, from, deadline));
    for (let left = countRollbacks(scene); left > 0; left -= 1) runs.push(await takeBack(scene, deadline));
    await waitUntil('everything has closed', async () => (await countOpen(client, workflowId)) === 0, deadline);
    // What was cut off had batches that went on when it was asked how it stands.
    if (runs[0] !== undefined && scene.messages.some(cutsOff)) runs[0] = await recordAgain(client, runs[0]);
    const [after, calls, { peak }] = [simulator.state.instances(), simulator.state.calls(), watch];
    const leases = await recordLeases(client, lane.account, since);
    const heir = await inherit(scene, leases, deadline);
    return {
      script,
      account: lane.account,
      before,
      after,
      calls,
      foreign: scene.foreign,
      messages: scene.messages,
      runs: [...runs, ...heir],
      leases: { before: leases, after: await recordLeases(client, lane.account, since) },
      workflows: await recordWorkflows(client, workflowId),
      peak,
      disturbances: scene.disturbances + (lane.ground.kills - killsBefore),
    };
  } finally {
    watch.end();
  }
}

async function act(scene: Scene, action: Action): Promise<void> {
  if (!(await scene.watch.until(action.when))) return;
  switch (action.do) {
    case 'flip tokens':
    case 'set hops':
    case 'delete':
    case 'recreate':
    case 'stop':
    case 'fail checks':
    case 'opt out':
      return meddle(scene, action);
    case 'kill worker':
    case 'kill all workers':
    case 'restart worker':
    case 'kill server':
    case 'cut off Temporal':
    case 'cut off Lightsail':
      return disturb(scene, action);
    default:
      return operate(scene, action);
  }
}

/** Follows a run to its end; what still waits for an operator after a while is let go on. */
async function follow(
  scene: Scene,
  kind: RunRecord['kind'],
  handle: RolloutHandle,
  from: number,
  deadline: number,
): Promise<RunRecord> {
  const { client } = scene.lane.ground;
  const helping = new AbortController();
  const help = helpOn(scene, handle, helping.signal);
  try {
    const outcome = await awaitEnd(client, handle, deadline);
    return await recordRun(client, kind, handle, outcome, { from, to: countCalls(scene) });
  } finally {
    helping.abort();
    await help;
  }
}

async function helpOn(scene: Scene, handle: RolloutHandle, ended: AbortSignal): Promise<void> {
  await delay(HELP_AFTER, undefined, { signal: ended }).catch(() => undefined);
  while (!ended.aborted) {
    await letGoOn(scene, handle).catch(() => undefined);
    await delay(HELP_INTERVAL, undefined, { signal: ended }).catch(() => undefined);
  }
}

async function letGoOn(scene: Scene, handle: RolloutHandle): Promise<void> {
  const { waiting } = await handle.status();
  switch (waiting?.for) {
    case 'paused':
      return operate({ ...scene, rollout: handle }, { do: 'resume' });
    case 'approval':
    case 'evidence':
    case 'health':
      return operate({ ...scene, rollout: handle }, { do: 'approve' });
    default:
      return;
  }
}

/** A run that was cut off leaves its lease and its changes: there is always a rollback for it. */
function countRollbacks(scene: Scene): number {
  const wanted = { nothing: 0, rollback: 1, 'rollback twice': 2 }[scene.script.after];
  return scene.messages.some(cutsOff) ? Math.max(1, wanted) : wanted;
}

async function takeBack(scene: Scene, deadline: number): Promise<RunRecord> {
  const { rollouts, rollout } = scene;
  const from = countCalls(scene);
  const { workflowId } = rollout;
  const id = `${workflowId}/rollback-${randomUUID().slice(0, 8)}`;
  const start = () => rollouts.rollback([{ workflowId }], { workflowId: id, wait: '2m' });
  await patiently(start).catch(unlessStarted);
  return follow(scene, 'rollback', rollouts.handle(id), from, deadline);
}

/**
 * What was cut off leaves its leases to whoever comes next: a rollback, if there was anything to take back, or else this
 * one, which must have them.
 */
async function inherit(scene: Scene, leases: readonly LeaseRecord[], deadline: number): Promise<RunRecord[]> {
  const { simulator, rollout } = scene;
  const inhabited = new Set(simulator.state.instances().map(({ region }) => region));
  const regions = leases.flatMap(({ region, to }) => (to === undefined && inhabited.has(region) ? [region] : []));
  if (regions.length === 0) return [];
  const from = countCalls(scene);
  const wish = { hops: HEIRS_HOPS, regions, wait: '2m' };
  const handle = await startOther(scene, `${rollout.workflowId}-heir`, wish);
  return [await follow(scene, 'heir', handle, from, deadline)];
}
