import { randomUUID } from 'node:crypto';
import { isGrpcServiceError } from '@temporalio/client';
import { MessageRefusedError, type RolloutClient, type RolloutHandle } from '../src/client/index.js';
import type { RolloutSpecInput } from '../src/rollout/spec.js';
import type { InstanceView, Simulator } from '../src/simulator/index.js';
import type { ForeignChange, MessageSent } from './evidence.js';
import type { Lane } from './lane.js';
import { patiently } from './patience.js';
import {
  FOREIGN_HOPS,
  instancesOf,
  type MachineAction,
  type OperatorAction,
  RIVAL_HOPS,
  regionsOf,
  type Script,
  type WorldAction,
} from './script/index.js';
import type { Watch } from './watch.js';

/** A run while it is played. */
export interface Scene {
  readonly script: Script;
  readonly lane: Lane;
  readonly simulator: Simulator;
  readonly watch: Watch;
  readonly rollouts: RolloutClient;
  /** The rollout that it is about, whatever run of it is the latest. */
  readonly rollout: RolloutHandle;
  readonly rivals: { readonly handle: RolloutHandle; readonly from: number }[];
  readonly foreign: ForeignChange[];
  readonly messages: MessageSent[];
  disturbances: number;
}

export function countCalls({ simulator }: Pick<Scene, 'simulator'>): number {
  return simulator.state.calls().length;
}

/** Does it, and notes when it was answered. */
export async function operate(scene: Scene, action: OperatorAction): Promise<void> {
  const { rollout, lane } = scene;
  const workflow = lane.ground.client.workflow.getHandle(rollout.workflowId);
  switch (action.do) {
    case 'abort':
      return say(scene, `abort (${action.mode})`, () => rollout.abort({ mode: action.mode, by: 'chaos' }));
    case 'revert': {
      const name = pick(scene, action.instance)?.name ?? '';
      return say(scene, `revert ${name}`, () => rollout.revert({ names: [name], by: 'chaos' }));
    }
    case 'cancel':
      return say(scene, 'cancel', () => workflow.cancel());
    case 'terminate':
      return say(scene, 'terminate', () => workflow.terminate('chaos'));
    case 'reset':
      return say(scene, 'reset', () => reset(scene, action.share));
    case 'rival':
      return rival(scene, action.waits);
    case 'pause':
    case 'resume':
    case 'approve':
    case 'reject':
    case 'skipBake':
      return say(scene, action.do, () => rollout[action.do]({ by: 'chaos' }));
    default:
      return action satisfies never;
  }
}

async function say(scene: Scene, what: string, send: () => Promise<unknown>): Promise<void> {
  const sentAt = Date.now();
  const { workflowId } = scene.rollout;
  const note = (accepted: boolean, answer?: string) =>
    scene.messages.push({
      sentAt,
      answeredAt: Date.now(),
      workflowId,
      what,
      accepted,
      ...(answer !== undefined && { answer }),
    });
  try {
    await patiently(send);
    note(true);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Taken, and cut off by the end of the run or by a reset, after which it is said again by the server itself.
    note(error.message.includes('completed before the Update'), error.message);
  }
}

/** It has ended meanwhile, or makes no sense now; a run that has done nothing yet can't be reset. */
function isRefusal(error: unknown): error is Error {
  if (error instanceof MessageRefusedError) return true;
  if (isGrpcServiceError(error)) return error.code === INVALID_ARGUMENT || error.code === NOT_FOUND;
  return error instanceof Error && error.name === 'WorkflowNotFoundError';
}

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

async function reset({ rollout, lane }: Scene, share: number): Promise<void> {
  const { client } = lane.ground;
  const workflow = client.workflow.getHandle(rollout.workflowId);
  const { runId } = await workflow.describe();
  const { events } = await client.workflow.getHandle(rollout.workflowId, runId).fetchHistory();
  const completed = (events ?? []).flatMap((event) =>
    event.workflowTaskCompletedEventAttributes ? [event.eventId] : [],
  );
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: rollout.workflowId, runId },
    workflowTaskFinishEventId: completed[Math.floor(share * (completed.length - 1))] ?? null,
    requestId: randomUUID(),
    reason: 'chaos',
  });
}

async function rival(scene: Scene, waits: boolean): Promise<void> {
  const { script, rivals, rollout } = scene;
  const workflowId = `${rollout.workflowId}-rival-${rivals.length + 1}`;
  const from = countCalls(scene);
  const [region = ''] = regionsOf(script);
  const handle = await startOther(scene, workflowId, {
    hops: RIVAL_HOPS,
    regions: [region],
    wait: waits ? '90s' : '0s',
  });
  rivals.push({ handle, from });
}

/** Another rollout in the same account, which asks for a hop limit. */
export async function startOther(
  { rollouts, lane }: Pick<Scene, 'rollouts' | 'lane'>,
  workflowId: string,
  { hops, regions, wait }: { readonly hops: number; readonly regions: string[]; readonly wait: string },
): Promise<RolloutHandle> {
  const spec: RolloutSpecInput = {
    name: 'other',
    options: { httpPutResponseHopLimit: hops },
    targets: { regions },
    stages: [{ name: 'all', size: 'rest' }],
    failure: { max: '100%', revert: 'none' },
    apply: { timeout: '4s', pollInterval: '40ms' },
    evidence: 'off',
    health: { checks: [] },
    busy: { wait },
  };
  await patiently(() => rollouts.start(spec, { workflowId, taskQueue: lane.taskQueue })).catch(unlessStarted);
  return rollouts.handle(workflowId);
}

/** A start whose answer was lost finds itself. */
export function unlessStarted(error: unknown): void {
  if (!(error instanceof Error && error.name === 'RolloutAlreadyRunningError')) throw error;
}

/** Changes an instance behind the rollout's back; one that is gone stays so. */
export function meddle(scene: Scene, action: WorldAction): void {
  const { simulator, lane, foreign } = scene;
  const ref = pick(scene, action.instance);
  const found = ref && simulator.state.instance({ account: lane.account, ...ref });
  if (found === undefined) return;
  const { arn, region, name } = found;
  const now = change(simulator, found, action.do);
  foreign.push({ at: Date.now(), calls: countCalls(scene), arn, region, name, what: action.do, ...(now && { now }) });
}

/** @returns what has the name from then on */
function change({ state }: Simulator, found: InstanceView, what: WorldAction['do']): InstanceView | undefined {
  const { account, region, name, metadataOptions, blueprint, tags } = found;
  const at = { account, region, name };
  switch (what) {
    case 'flip tokens': {
      const httpTokens = metadataOptions?.httpTokens === 'required' ? 'optional' : 'required';
      return state.patchInstance(at, { metadataOptions: { httpTokens } });
    }
    case 'set hops':
      return state.patchInstance(at, { metadataOptions: { httpPutResponseHopLimit: FOREIGN_HOPS } });
    case 'delete':
      state.deleteInstance(at);
      return undefined;
    case 'recreate':
      state.deleteInstance(at);
      return state.createInstance({ ...at, blueprint, tags });
    case 'stop':
      return state.patchInstance(at, { state: 'stopped' });
    case 'fail checks':
      return state.patchInstance(at, { healthy: false });
    case 'opt out':
      return state.patchInstance(at, { tags: { ...tags, 'imds-rollout': 'skip' } });
    default:
      return what satisfies never;
  }
}

/** Returns once what was killed is back, and what was cut off can be reached. */
export async function disturb(scene: Scene, action: MachineAction): Promise<void> {
  const { workers, ground, toTemporal, toLightsail } = scene.lane;
  scene.disturbances += 1;
  switch (action.do) {
    case 'kill worker':
      return workers.kill(action.worker);
    case 'kill all workers':
      return workers.killAll(() => new Promise((resolve) => setTimeout(resolve, action.awayMs)));
    case 'restart worker':
      return workers.restart(action.worker);
    case 'kill server':
      return ground.killServer();
    case 'cut off Temporal':
      return toTemporal.cut(action.forMs);
    case 'cut off Lightsail':
      return toLightsail.cut(action.forMs);
    default:
      return action satisfies never;
  }
}

function pick({ script }: Scene, count: number): { readonly region: string; readonly name: string } | undefined {
  const all = instancesOf(script);
  return all[count % all.length];
}
