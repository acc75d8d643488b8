import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { describe, it, type TestContext } from 'vitest';
import type { HealthCheck } from '../../src/rollout/health.js';
import { USER_CHECK_MAX_TARGETS, type UserCheckInput } from '../../src/rollout/user-check.js';
import { temporal } from '../support/temporal.js';
import { changedWorld, follow, idOf, scripted, told } from '../support/watches.js';
import type { World, WorldOptions } from '../support/world.js';

const HERE: WorldOptions['settings'] = { probes: { allowHosts: ['127.0.0.1'], allowPrivate: true } };

/** The simulator's own probe: 200 while an instance is well, else 503. */
function httpCheck(world: World, expect: number | 'same'): HealthCheck {
  return { kind: 'http', url: `${world.simulator.url}/_sim/http/{account}/{region}/{name}`, expect };
}

describe.concurrent('an HTTP check', () => {
  it('fails an instance that answers otherwise', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(3, { onTestFinished, settings: HERE });
    world.patch('web-2', { healthy: false });
    expect(await told(world, follow(world, { checks: [httpCheck(world, 200)] }))).toEqual([
      'web-2 unhealthy: it answers 503 instead of 200',
    ]);
  });

  it('before the change reads the codes that are to be the same after it', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(2, { onTestFinished, settings: HERE });
    world.patch('web-2', { healthy: false });
    const checks = [httpCheck(world, 200), httpCheck(world, 'same')];
    const report = await follow(world, { mode: 'before', checks, failureThreshold: 1 });
    expect(report.unhealthy.map(({ id }) => id)).toEqual([idOf(world, 'web-2')]);
    expect(report.codes).toEqual({ [idOf(world, 'web-1')]: [200, 200], [idOf(world, 'web-2')]: [503, 503] });
  });

  it('passes with any answer where the code from before is not known', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(1, { onTestFinished, settings: HERE });
    world.patch('web-1', { healthy: false });
    const report = await follow(world, { mode: 'settle', checks: [httpCheck(world, 'same')] });
    expect(report).toEqual({ unhealthy: [], blind: [], recovered: [], observer: false, streaks: {} });
  });

  it('goes nowhere that the worker does not allow, whatever a spec says', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(1, { onTestFinished });
    const says = await told(world, follow(world, { checks: [httpCheck(world, 200)] }));
    expect(says).toEqual([
      expect.stringMatching(/^web-1 blind: refused: 127\.0\.0\.1 is neither .*probes\.allowHosts/),
    ]);
  });

  it('and the others decide together: the first one that fails says why', async ({ onTestFinished, expect }) => {
    const { intercept } = scripted({ 'web-1': 'iii' });
    const world = await changedWorld(1, { onTestFinished, settings: HERE, intercept });
    world.patch('web-1', { healthy: false });
    const checks: HealthCheck[] = [{ kind: 'status' }, httpCheck(world, 200)];
    expect(await told(world, follow(world, { checks }))).toEqual(['web-1 unhealthy: it answers 503 instead of 200']);
  });
});

type UserCheck = (input: UserCheckInput) => Promise<unknown>;

/** A world, and a worker of the user's own beside it, which has that check. */
async function worldWithCheck(count: number, myCheck: UserCheck, onTestFinished: TestContext['onTestFinished']) {
  const taskQueue = `checks-${randomUUID()}`;
  const world = await changedWorld(count, { onTestFinished, settings: { taskQueues: [taskQueue] } });
  const worker = await Worker.create({
    connection: await temporal().nativeConnection(),
    namespace: temporal().namespace,
    taskQueue,
    activities: { myCheck },
    shutdownGraceTime: 0,
  });
  const running = worker.run();
  onTestFinished(async () => {
    worker.shutdown();
    await running;
  });
  const checks: HealthCheck[] = [{ kind: 'activity', type: 'myCheck', taskQueue }];
  return { world, checks };
}

const allWell: UserCheck = async ({ targets }) => targets.map(({ arn }) => ({ arn, result: 'pass' }));

describe.concurrent("a check of the user's", () => {
  it('is told of what it is asked about, and its word counts', async ({ onTestFinished, expect }) => {
    const asked: UserCheckInput[] = [];
    const { world, checks } = await worldWithCheck(
      2,
      async (input) => {
        asked.push(input);
        return input.targets.map(({ arn, name }) =>
          name === 'web-2' ? { arn, result: 'fail', reason: 'no heartbeat' } : { arn, result: 'pass' },
        );
      },
      onTestFinished,
    );
    expect(await told(world, follow(world, { checks }))).toEqual(['web-2 unhealthy: no heartbeat']);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toEqual({
      rollout: `rollout-${world.account}`,
      stage: 'canary',
      when: 'after',
      targets: ['web-1', 'web-2'].map((name) => ({
        account: world.account,
        region: 'us-east-1',
        name,
        arn: world.instance(name).arn,
        publicIpAddress: expect.stringMatching(/^198\.18\./),
      })),
    });
  });

  it('is asked about 200 instances of one stage at once, and only about those that are judged', async ({
    onTestFinished,
    expect,
  }) => {
    const asked: string[] = [];
    const { world, checks } = await worldWithCheck(
      204,
      async (input) => {
        asked.push(`${input.when} ${input.stage} ${input.targets.length}`);
        return allWell(input);
      },
      onTestFinished,
    );
    world.patch('web-1', { state: 'stopped' });
    const ids = world.simulator.state.instances().map(({ name }) => idOf(world, name));
    const group = { desired: {}, checks };
    const groups = [
      { ...group, stage: 'canary', ids: ids.slice(0, 2) },
      { ...group, stage: 'rest', ids: ids.slice(2) },
    ];
    expect(await told(world, follow(world, { mode: 'before', groups }))).toEqual([]);
    expect(asked.sort()).toEqual(['before canary 1', 'before rest 2', `before rest ${USER_CHECK_MAX_TARGETS}`]);
  });

  it.for<[what: string, check: UserCheck, reason: RegExp]>([
    ['that says nothing of it', async () => [], /myCheck said nothing of it/],
    ['that answers in another form', async () => ({ ok: true }), /another form than/],
    [
      'that fails',
      () => Promise.reject(ApplicationFailure.nonRetryable('no route to https://api.example.com/?token=s3cret')),
      /^web-1 blind: myCheck failed: no route to https:\/\/api\.example\.com\/(?!.*s3cret)/,
    ],
  ])('%s is inconclusive', async ([, check, reason], { onTestFinished, expect }) => {
    const { world, checks } = await worldWithCheck(1, check, onTestFinished);
    expect(await told(world, follow(world, { checks }))).toEqual([expect.stringMatching(reason)]);
  });

  it('that nobody takes up is inconclusive, and is not waited for without end', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(1, { onTestFinished });
    const call = { type: 'myCheck', taskQueue: `nobody-${randomUUID()}`, patience: 100 };
    const targets = [{ account: '', region: '', name: 'web-1', arn: 'a', publicIpAddress: null }];
    const readings = await world.client.workflow.execute('imdsHealthCheck', {
      workflowId: randomUUID(),
      taskQueue: world.taskQueue,
      args: [{ ...call, input: { rollout: 'r', stage: 'canary', when: 'after', targets } }],
    });
    expect(readings).toEqual([
      { verdict: 'inconclusive', reason: expect.stringMatching(/^no worker took myCheck from task queue nobody-/) },
    ]);
  });

  it('on a queue that the worker does not name is not asked', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(1, { onTestFinished, settings: { taskQueues: ['mine'] } });
    const checks: HealthCheck[] = [{ kind: 'activity', type: 'myCheck', taskQueue: 'theirs' }];
    expect(await told(world, follow(world, { checks }))).toEqual([
      "web-1 blind: refused: theirs is not among the worker's taskQueues, as is the observer",
    ]);
  });
});
