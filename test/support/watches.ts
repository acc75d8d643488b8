import { randomUUID } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-lightsail';
import type { ActivityHandle } from '@temporalio/client';
import type {
  HealthCheck,
  ScopeReport,
  WatchedScope,
  WatchGroup,
  WatchInput,
  WatchReport,
} from '../../src/rollout/health.js';
import { controlQueue } from '../../src/rollout/queues.js';
import { watchId } from '../../src/rollout/watch-groups.js';
import { createWorld, type World, type WorldOptions } from './world.js';

export interface WatchOptions extends Partial<Omit<WatchInput, 'scopes'>>, Partial<Omit<WatchedScope, 'scope'>> {
  readonly checks?: readonly HealthCheck[];
}

/** A world of so many instances that are all changed already. */
export function changedWorld(count: number, options: Omit<WorldOptions, 'fleet'>): Promise<World> {
  const fleet = [{ region: 'us-east-1', prefix: 'web-', count, options: { httpTokens: 'required' as const } }];
  return createWorld({ ...options, fleet });
}

export function idOf(world: World, name: string): string {
  return watchId(world.instance(name).arn);
}

/** Watches all instances of a world as a rollout does, after their change, by an activity that stands alone. */
export function watch(
  world: World,
  { checks = [{ kind: 'status' }], groups, streaks = {}, judged, ...changes }: WatchOptions = {},
) {
  const ids = world.simulator.state.instances().map(({ arn }) => watchId(arn));
  const all: WatchGroup[] = [{ stage: 'canary', desired: { httpTokens: 'required' }, checks, ids }];
  const scope = { account: world.account, region: 'us-east-1' };
  const input: WatchInput = {
    rollout: `rollout-${world.account}`,
    mode: 'after',
    interval: 50,
    failureThreshold: 3,
    scopes: [{ scope, groups: groups ?? all, streaks, ...(judged !== undefined && { judged }) }],
    ...changes,
  };
  return world.client.activity.start<WatchReport>('lightsailImdsWatch', {
    id: randomUUID(),
    taskQueue: controlQueue(world.taskQueue),
    args: [input],
    startToCloseTimeout: '2m',
    retry: { initialInterval: '100ms' },
  });
}

/** What the one scope of a watch reports. */
async function reportOf(watching: ActivityHandle<WatchReport> | Promise<ActivityHandle<WatchReport>>) {
  const [report] = (await (await watching).result()).scopes;
  if (report === undefined) throw new Error('it reports of no scope');
  return report;
}

/** Watches as a rollout does, which has a watch called again with what it has counted, until there are news or all are well. */
export async function follow(world: World, options: WatchOptions = {}): Promise<ScopeReport> {
  const { mode = 'after' } = options;
  for (let { streaks = {}, groups, judged = 0 } = options; ; ) {
    const report = await reportOf(watch(world, { ...options, streaks, judged, ...(groups && { groups }) }));
    const hasNews = report.unhealthy.length + report.blind.length + report.recovered.length > 0;
    const isClear = mode !== 'after' && Object.keys(report.streaks).length === 0;
    if (hasNews || isClear || report.refused !== undefined) return report;
    streaks = report.streaks;
    if (mode === 'after') continue;
    const open = new Set(Object.keys(streaks));
    const before = groups ?? [
      {
        stage: 'canary',
        desired: { httpTokens: 'required' as const },
        checks: options.checks ?? [{ kind: 'status' as const }],
        ids: world.simulator.state.instances().map(({ arn }) => watchId(arn)),
      },
    ];
    judged += before.flatMap(({ ids }) => ids.filter((id) => !open.has(id))).length;
    groups = before.map((group) => ({ ...group, ids: group.ids.filter((id) => open.has(id)) }));
  }
}

/** A report in the names of its instances: `web-1 unhealthy: why`, `web-2 blind`. */
export async function told(world: World, report: Promise<ScopeReport>): Promise<string[]> {
  const { unhealthy, blind, recovered, blindReason, observer } = await report;
  const nameOf = (id: string) => world.simulator.state.instances().find(({ arn }) => watchId(arn) === id)?.name;
  return [
    ...unhealthy.map(({ id, reason }) => `${nameOf(id)} unhealthy: ${reason}`),
    ...blind.map((id) => `${nameOf(id)} blind: ${blindReason}${observer ? ', as is the observer' : ''}`),
    ...recovered.map((id) => `${nameOf(id)} recovered`),
  ];
}

/** What a sweep reads of an instance; all else is as the simulator has it. */
const LETTERS: Readonly<Record<string, (instance: Instance) => Instance | undefined>> = {
  /** Passes. */
  p: (instance) => instance,
  /** Fails. */
  f: (instance) => ({ ...instance, instanceStatus: { status: 'impaired' } }),
  /** The system below it fails. */
  s: (instance) => ({ ...instance, systemStatus: { status: 'impaired' } }),
  /** Can't be told. */
  i: (instance) => ({ ...instance, instanceStatus: { status: 'insufficient-data' } }),
  /** Just started. */
  n: (instance) => ({ ...instance, systemStatus: { status: 'initializing' } }),
  /** Nothing is said of the system. */
  m: ({ systemStatus: _, ...instance }) => instance,
  /** Fails, and isn't changed yet. */
  o: (instance) => ({
    ...instance,
    instanceStatus: { status: 'impaired' },
    metadataOptions: { ...instance.metadataOptions, httpTokens: 'optional' },
  }),
  /** Fails, and its change is under way. */
  w: (instance) => ({
    ...instance,
    instanceStatus: { status: 'impaired' },
    metadataOptions: { ...instance.metadataOptions, state: 'pending' },
  }),
  /** Stopped. */
  d: (instance) => ({
    ...instance,
    state: { code: 80, name: 'stopped' },
    instanceStatus: { status: 'not-applicable' },
    systemStatus: { status: 'not-applicable' },
  }),
  /** Gone. */
  x: () => undefined,
};

/**
 * Reads each named instance as its letters say, one for each sweep; past the last letter, it passes.
 *
 * @returns how to intercept a world, and how many sweeps there were
 */
export function scripted(letters: Readonly<Record<string, string>>) {
  let sweeps = 0;
  const read = (instance: Instance): Instance[] => {
    const letter = letters[instance.name ?? '']?.[sweeps - 1] ?? 'p';
    const seen = LETTERS[letter]?.(instance);
    return seen === undefined ? [] : [seen];
  };
  const intercept: NonNullable<WorldOptions['intercept']> = (lightsail) => ({
    ...lightsail,
    getInstances: async (request, call) => {
      const page = await lightsail.getInstances(request, call);
      if (request.pageToken === undefined) sweeps += 1;
      return { ...page, instances: (page.instances ?? []).flatMap(read) };
    },
  });
  return { intercept, sweeps: () => sweeps };
}
