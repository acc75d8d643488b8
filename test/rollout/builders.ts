import type { UseReading } from '../../src/rollout/evidence.js';
import type { FleetInstance } from '../../src/rollout/instance.js';
import type { Ledger } from '../../src/rollout/ledger.js';
import { describeOutcome, type TargetResult } from '../../src/rollout/outcome.js';
import type { Plan, PlannedStage } from '../../src/rollout/plan.js';
import { planRollout } from '../../src/rollout/planner.js';
import { describeProblems, parseSpec, type RolloutSpec, type RolloutSpecInput } from '../../src/rollout/spec.js';
import type { Target } from '../../src/rollout/target.js';

export const TODAY = '2026-11-25';
export const ACCOUNT = '111122223333';

export const MINIMAL: RolloutSpecInput = {
  name: 'require-imdsv2',
  options: { httpTokens: 'required' },
  targets: { regions: ['us-east-1', 'eu-west-1'] },
};

/** All that this version supports of the example in the contract. */
export const WHOLE: RolloutSpecInput = {
  name: 'prod-imdsv2',
  options: { httpTokens: 'required' },
  overrides: [{ match: { tags: { runtime: 'docker' } }, options: { httpPutResponseHopLimit: 2 } }],
  targets: {
    regions: ['us-east-1', 'eu-west-1'],
    include: { names: ['web-*'], tags: { env: 'prod' } },
    exclude: { tags: { env: ['dev', 'test'] } },
    stopped: 'last',
  },
  exceptions: [{ names: ['legacy-7'], reason: 'old agent', owner: 'ops', until: '2027-03-01' }],
  spread: ['blueprint', 'scope', 'tag:app'],
  stages: [
    { name: 'canary', size: '1 per tag:app', bake: '7h' },
    { name: 'early', size: '20%', bake: '1h', concurrency: 5, match: { tags: { tier: 'early' } } },
    { name: 'rest', size: 'rest', bake: '15m', approval: { timeout: '72h', onTimeout: 'halt' } },
  ],
  concurrency: { total: 10, perScope: 5 },
  failure: { max: 0, maxTotal: 2, revert: 'run' },
  rollback: { concurrency: 20, keepTokens: false },
  apply: { timeout: '10m', pollInterval: '5s', maxErrors: 5 },
  evidence: { lookback: '14d', max: 0, onExceed: 'block', onUnknown: 'block', allow: ['web-3'] },
  windows: [{ days: ['mon', 'tue', 'wed', 'thu'], from: '09:00', to: '16:00', timezone: 'Europe/Stockholm' }],
  freeze: [{ from: '2026-12-20', to: '2027-01-02', reason: 'holidays' }],
  busy: { wait: '0s' },
  credentials: { wait: '12h' },
  health: {
    interval: '1m',
    failureThreshold: 3,
    requireHealthyBefore: true,
    checks: [
      { status: true },
      { match: { tags: { app: 'api' } }, http: { url: 'http://{publicIpAddress}/health', expect: 'same' } },
      { activity: { type: 'myCheck', taskQueue: 'mine' } },
    ],
  },
  notify: { on: ['approval', 'hold', 'tripped', 'ended'], activity: { type: 'myNotify', taskQueue: 'mine' } },
};

/** The minimal spec with some fields set otherwise, as a client would send it. */
export function input(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...MINIMAL, ...changes };
}

/** What a user reads of a spec that is refused, one line a problem. */
export function refusalOf(spec: unknown): string {
  const check = parseSpec(spec, TODAY);
  return check.ok ? 'accepted' : describeProblems(check.problems);
}

/** A checked spec: the minimal one with some fields set otherwise. */
export function spec(changes: Readonly<Record<string, unknown>> = {}): RolloutSpec {
  const check = parseSpec(input(changes), TODAY);
  if (!check.ok) throw new Error(describeProblems(check.problems));
  return check.spec;
}

/** Tokenless requests are open, as on most Lightsail blueprints. */
export const OPEN = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
export const CLOSED = { ...OPEN, httpTokens: 'required' } as const;

/** A running instance that needs tokens to become required. */
export function instance(name: string, changes: Partial<FleetInstance> = {}): FleetInstance {
  const { region = 'us-east-1', account = ACCOUNT } = changes;
  return {
    arn: arnOf(name, region, account),
    name,
    account,
    region,
    blueprint: 'debian_12',
    state: 'running',
    tags: {},
    options: OPEN,
    optionsState: 'applied',
    ...changes,
  };
}

export function arnOf(name: string, region = 'us-east-1', account = ACCOUNT): string {
  return `arn:aws:lightsail:${region}:${account}:Instance/${name}`;
}

/** The same instance in a reply that has no `metadataOptions`. */
export function withoutOptions({ options: _, optionsState: __, ...rest }: FleetInstance): FleetInstance {
  return rest;
}

/** `count` instances that need a change: web-0, web-1, … */
export function fleet(count: number, changes: Partial<FleetInstance> = {}): FleetInstance[] {
  return Array.from({ length: count }, (_, index) => instance(`web-${index}`, changes));
}

export function target(name: string, changes: Partial<Target> = {}): Target {
  return {
    arn: arnOf(name),
    name,
    before: { httpTokens: 'optional' },
    desired: { httpTokens: 'required' },
    ...changes,
  };
}

export function targets(count: number, prefix = 'web'): Target[] {
  return Array.from({ length: count }, (_, index) => target(`${prefix}-${index}`));
}

/** The plan of a fleet that is expected to have one; without evidence, unless the changes say otherwise. */
export function planOf(
  changes: Readonly<Record<string, unknown>>,
  instances: readonly FleetInstance[],
  readings?: ReadonlyMap<string, UseReading>,
): Plan {
  const planning = planRollout(spec({ evidence: 'off', ...changes }), instances, {}, readings);
  if (!planning.ok) throw new Error(planning.message);
  return planning.plan;
}

/** A plan with stages of these names and sizes; targets are named after their stage: canary-0, rest-0, rest-1, … */
export function planWith(sizes: Readonly<Record<string, number>>, settled: Plan['settled'] = []): Plan {
  const stages = Object.entries(sizes).map(
    ([name, size]): PlannedStage => ({ name, bake: 0, concurrency: 10, targets: targets(size, name) }),
  );
  return { stages, settled, allowed: [], uncovered: [], warnings: [], specHash: 'spec', hash: 'hash' };
}

/** Names by stage, with what became of the instances that are in none. */
export function outline({ stages, settled }: Plan): Record<string, string[]> {
  return {
    ...Object.fromEntries(stages.map(({ name, targets: planned }) => [name, planned.map((target) => target.name)])),
    ...(settled.length > 0 && { settled: settled.map(({ name, outcome }) => `${name} ${describeOutcome(outcome)}`) }),
  };
}

export const changed: TargetResult = { outcome: { kind: 'changed' }, wrote: true };
export const failed: TargetResult = {
  outcome: { kind: 'failed', reason: 'api-error' },
  detail: 'AccessDeniedException: no',
  wrote: true,
};
export const drifted: TargetResult = { outcome: { kind: 'skipped', reason: 'drifted' }, wrote: false };

/** Records a stage's results in one batch. */
export function recordStage(ledger: Ledger, plan: Plan, stage: number, ...results: readonly TargetResult[]): void {
  ledger.recordBatch(stage, plan.stages[stage]?.targets ?? [], results);
}
