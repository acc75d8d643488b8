import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { describe, it, type TestContext } from 'vitest';
import type { WorkerSettings } from '../../src/activities/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { UserCheckInput } from '../../src/rollout/user-check.js';
import { onUpdate } from '../support/faults.js';
import { each, names, ONE_STAGE, reasonOf, reported, roll, tokensOf } from '../support/rollouts.js';
import { temporal } from '../support/temporal.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

type Checks = NonNullable<NonNullable<RolloutSpecInput['health']>['checks']>;
type OnTestFinished = TestContext['onTestFinished'];

const LOOPBACK: WorkerSettings = { probes: { allowHosts: ['127.0.0.1'], allowPrivate: true } };

const checked = (...checks: Checks): Partial<RolloutSpecInput> => ({
  ...ONE_STAGE,
  health: { interval: '150ms', failureThreshold: 3, checks },
});

/** The simulator's probe of each instance: 200, or 503 where it isn't well. */
const probeOf = (world: World): string => `${world.simulator.url}/_sim/http/{account}/{region}/{name}`;

describe.concurrent('an HTTP check', () => {
  it('takes back an instance that answers otherwise after its change', async ({ onTestFinished, expect }) => {
    const faults = [onUpdate('web-2', { unhealthy: true })];
    const world = await createWorld({ onTestFinished, fleet: 3, settings: LOOPBACK, scenario: { faults } });
    const outcome = await roll(world, checked({ http: { url: probeOf(world), expect: 'same' } }));
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { failed: 1, restored: 2 } } });
    expect(reported(outcome)).toMatchObject({ 'web-2': 'failed(unhealthy), restored' });
    expect(reasonOf(outcome, 'web-2')).toContain('it answers 503 instead of 200');
    expect(tokensOf(world)).toEqual(each(names(3), 'optional'));
  });

  it('with the code from before is content with an instance that answers as it did', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, settings: LOOPBACK });
    world.patch('web-2', { healthy: false });
    const outcome = await roll(world, checked({ http: { url: probeOf(world), expect: 'same' } }));
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
  });

  it('with a code leaves alone an instance that does not answer so before', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, settings: LOOPBACK });
    world.patch('web-2', { healthy: false });
    const outcome = await roll(world, checked({ http: { url: probeOf(world), expect: 200 } }));
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 2, blocked: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-2': 'blocked(unhealthy)' });
    expect(world.updates('web-2')).toEqual([]);
  });

  it.for([
    ['api-1', 'RolloutRolledBack'],
    ['www-1', undefined],
  ] as const)(
    'applies to what its match selects: where %s fails, the end is %s',
    async ([harmed, type], { onTestFinished, expect }) => {
      const options = { httpTokens: 'optional' } as const;
      const world = await createWorld({
        onTestFinished,
        fleet: [
          { region: 'us-east-1', prefix: 'api-', count: 2, tags: { app: 'api' }, options },
          { region: 'us-east-1', prefix: 'www-', count: 2, tags: { app: 'www' }, options },
        ],
        settings: LOOPBACK,
        scenario: { faults: [onUpdate(harmed, { unhealthy: true })] },
      });
      const outcome = await roll(
        world,
        checked({ match: { tags: { app: 'api' } }, http: { url: probeOf(world), expect: 'same' } }),
      );
      expect('type' in outcome ? outcome.type : undefined).toBe(type);
      const all = ['api-1', 'api-2', 'www-1', 'www-2'];
      expect(tokensOf(world)).toEqual(each(all, type === undefined ? 'required' : 'optional'));
    },
  );
});

interface UserWorker {
  readonly taskQueue: string;
  /** What it was asked, in the order in which it was. */
  readonly asked: UserCheckInput[];
}

/** A worker of the user's with an activity `myCheck`, on a task queue of its own. */
async function startUserWorker(
  onTestFinished: OnTestFinished,
  check: (input: UserCheckInput) => unknown,
): Promise<UserWorker> {
  const taskQueue = `checks-${randomUUID()}`;
  const asked: UserCheckInput[] = [];
  const worker = await Worker.create({
    connection: await temporal().nativeConnection(),
    namespace: temporal().namespace,
    taskQueue,
    activities: {
      myCheck: async (input: UserCheckInput) => {
        asked.push(input);
        return check(input);
      },
    },
  });
  const running = worker.run();
  onTestFinished(async () => {
    worker.shutdown();
    await running;
  });
  return { taskQueue, asked };
}

/** One result for all, or another one after the change for those that are named. */
const saying =
  (result: string, ...named: string[]) =>
  ({ targets, when }: UserCheckInput) =>
    targets.map(({ arn, name }) => ({
      arn,
      result: when === 'after' && named.includes(name) ? result : 'pass',
      reason: `${name} says ${result}`,
    }));

async function askedWorld(onTestFinished: OnTestFinished, fleet: number, check: (input: UserCheckInput) => unknown) {
  const mine = await startUserWorker(onTestFinished, check);
  const world = await createWorld({ onTestFinished, fleet, settings: { taskQueues: [mine.taskQueue] } });
  return { ...mine, world, spec: checked({ activity: { type: 'myCheck', taskQueue: mine.taskQueue } }) };
}

describe.concurrent("an activity of the user's", () => {
  it('is asked before and after the change, with what is documented', async ({ onTestFinished, expect }) => {
    const { world, asked, spec } = await askedWorld(onTestFinished, 2, saying('pass'));
    const rollout = await world.start(spec);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
    const targets = names(2).map((name) => {
      const { arn } = world.instance(name);
      return { account: world.account, region: 'us-east-1', name, arn, publicIpAddress: expect.any(String) };
    });
    expect(asked[0]).toEqual({ rollout: rollout.workflowId, stage: 'all', when: 'before', targets });
    expect(asked.at(-1)).toMatchObject({ rollout: rollout.workflowId, stage: 'all', when: 'after' });
  });

  it('is asked of 450 instances in calls of at most 200, of one stage each', async ({ onTestFinished, expect }) => {
    const { world, asked, spec } = await askedWorld(onTestFinished, 450, saying('pass'));
    const stages = [
      { name: 'half', size: '50%' },
      { name: 'rest', size: 'rest' },
    ];
    const health = { ...spec.health, interval: '5s' };
    const apply = { timeout: '30m', pollInterval: '40ms', maxErrors: 3 };
    const outcome = await roll(world, { ...spec, stages, health, apply, concurrency: 100 });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 450 } } });
    for (const { targets } of asked) {
      expect(targets.length).toBeLessThanOrEqual(200);
      expect(new Set(targets.map(({ arn }) => arn)).size).toBe(targets.length);
    }
    const before = asked.filter(({ when }) => when === 'before');
    expect(before.map(({ stage, targets }) => `${stage} ${targets.length}`).sort()).toEqual([
      'half 200',
      'half 25',
      'rest 200',
      'rest 25',
    ]);
    expect(new Set(before.flatMap(({ targets }) => targets.map(({ arn }) => arn))).size).toBe(450);
    const stageOf = new Map(before.flatMap(({ stage, targets }) => targets.map(({ arn }) => [arn, stage])));
    for (const { stage, targets } of asked) for (const { arn } of targets) expect(stageOf.get(arn)).toBe(stage);
  });

  it('that says fail takes the rollout back, with its reason', async ({ onTestFinished, expect }) => {
    const { world, spec } = await askedWorld(onTestFinished, 3, saying('fail', 'web-3'));
    const outcome = await roll(world, spec);
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack' });
    expect(reasonOf(outcome, 'web-3')).toContain('web-3 says fail');
    expect(tokensOf(world)).toEqual(each(names(3), 'optional'));
  });

  it.for<[string, (input: UserCheckInput) => unknown, RegExp]>([
    ['says inconclusive', saying('inconclusive', 'web-1', 'web-2'), /web-\d says inconclusive/],
    ['answers nonsense', ({ when }) => (when === 'before' ? passAll : { ok: true }), /answered in another form/],
    ['leaves targets out', ({ when }) => (when === 'before' ? passAll : []), /said nothing of it/],
  ])('that %s holds the rollout, and fails nobody', async ([, check, reason], { onTestFinished, expect }) => {
    const { world, spec } = await askedWorld(onTestFinished, 2, (input) => {
      const answer = check(input);
      return answer === passAll ? saying('pass')(input) : answer;
    });
    const rollout = await world.start(spec);
    const { waiting, counts } = await waitForHold(rollout, 'health');
    expect(waiting?.reason).toMatch(reason);
    expect(counts).toMatchObject({ changed: 2 });
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
  });

  it('that throws holds the rollout, and fails nobody', async ({ onTestFinished, expect }) => {
    const { world, spec } = await askedWorld(onTestFinished, 1, () => {
      throw new Error('no route to http://checks.internal/?token=T0PSECRET');
    });
    const rollout = await world.start(spec);
    const { waiting } = await until(() => waitForHold(rollout, 'health'));
    expect(waiting?.reason).toContain('myCheck failed: no route to http://checks.internal/');
    expect(waiting?.reason).not.toContain('T0PSECRET');
    expect(world.updates()).toEqual([]);
    await rollout.abort();
    await rollout.result();
  });

  it('on a task queue that nobody polls holds the rollout', async ({ onTestFinished, expect }) => {
    const taskQueue = `nobody-${randomUUID()}`;
    const world = await createWorld({ onTestFinished, fleet: 1, settings: { taskQueues: [taskQueue] } });
    const rollout = await world.start(checked({ activity: { type: 'myCheck', taskQueue } }));
    const { waiting } = await until(() => waitForHold(rollout, 'health'));
    expect(waiting?.reason).toContain(`no worker took myCheck from task queue ${taskQueue}`);
    expect(world.updates()).toEqual([]);
    await rollout.abort();
    await rollout.result();
  });
});

const passAll = Symbol('every target passes');

describe.concurrent('a spec that names what its worker does not allow', () => {
  it.for<[string, Partial<RolloutSpecInput>, RegExp]>([
    [
      'a host',
      checked({ http: { url: 'http://example.com/?token=T0PSECRET' } }),
      /health\.checks\[0\]\.http\.url: .*example\.com/,
    ],
    [
      'a loopback address',
      checked({ http: { url: 'http://127.0.0.1/' } }),
      /health\.checks\[0\]\.http\.url: .*--allow-p/,
    ],
    ['a link-local address', checked({ http: { url: 'http://169.254.169.254/' } }), /health\.checks\[0\]\.http\.url/],
    [
      'a task queue for a check',
      checked({ status: true }, { activity: { type: 'myCheck', taskQueue: 'theirs' } }),
      /health\.checks\[1\]\.activity\.taskQueue: .*--allow-task-queue theirs/,
    ],
    [
      'a task queue for notifications',
      { notify: { activity: { type: 'myNotify', taskQueue: 'theirs' } } },
      /notify\.activity\.taskQueue: .*theirs/,
    ],
  ])('%s ends at once, and nothing is touched', async ([, changes, says], { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 2, settings: { probes: { allowHosts: ['127.0.0.1'] } } });
    const outcome = await roll(world, changes);
    expect(outcome).toMatchObject({
      status: 'failed',
      type: 'InvalidRolloutSpec',
      message: expect.stringMatching(says),
    });
    expect(JSON.stringify(outcome)).not.toContain('T0PSECRET');
    expect(world.simulator.state.calls()).toEqual([]);
  });
});
