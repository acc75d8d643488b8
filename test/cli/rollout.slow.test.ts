import { expect, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { mostInChange } from '../support/in-change.js';
import { startFleet } from './processes.js';
import { parseJson, runCommand, runProcess, serverFlags, startCommand } from './support.js';

it('start --watch --json changes 45 instances on three pages: one Update each, never more than concurrency in change', async () => {
  const fleet = await startFleet({ count: 45, latency: { min: 1, max: 5 } });
  await fleet.startWorker();
  const spec = await fleet.spec({ concurrency: 7 });
  const plan = parseJson(await runCommand(['plan', spec, '--json'], { env: fleet.env }));

  const end = await runCommand(['start', spec, '--watch', '--json', ...fleet.startFlags]);
  expect(end).toMatchObject({ code: 0 });
  expect(parseJson(end)).toMatchObject({
    workflowId: `imds-rollout-${fleet.name}`,
    taskQueue: fleet.taskQueue,
    state: 'ended',
    exitCode: 0,
    outcome: { status: 'completed', result: { ended: 'completed', counts: { changed: 45, total: 45, inFlight: 0 } } },
  });
  expect(parseJson(end)).toMatchObject({ outcome: { result: { planHash: Reflect.get(Object(plan), 'hash') } } });
  expect(end.stderr).toMatch(/stage rest starts/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no terminal, so no escape codes
  expect(end.stderr + end.stdout).not.toMatch(/\u001b/);

  const updates = await fleet.calls('UpdateInstanceMetadataOptions');
  expect(updates).toHaveLength(45);
  expect(new Set(updates.map(({ instanceName }) => instanceName)).size).toBe(45);
  for (const { input } of updates) expect(input).toMatchObject({ httpTokens: 'required' });
  const most = mostInChange(await fleet.calls());
  expect(most).toBeLessThanOrEqual(7);
  expect(most).toBeGreaterThan(1);
  for (const instance of await fleet.instances()) {
    expect(instance.metadataOptions).toMatchObject({ httpTokens: 'required', state: 'applied' });
  }
});

it('ends with 3 where the rollout was rolled back, names the instance, and leaves everything as it was', async () => {
  const fleet = await startFleet({
    count: 6,
    faults: [
      {
        operation: 'UpdateInstanceMetadataOptions',
        instance: 'web-4',
        times: 3,
        effect: { error: 'ServiceException' },
      },
    ],
  });
  await fleet.startWorker();
  const before = await fleet.instances();
  const end = await runCommand(['start', await fleet.spec(), '--wait', ...fleet.startFlags]);
  expect(end).toMatchObject({ code: 3 });
  expect(end.stdout).toMatch(/RolloutRolledBack: 0 of 6 require IMDSv2, 1 failed, 5 restored\. Rolled back/);
  expect(end.stdout).toMatch(/us-east-1\/web-4 +failed\(api-error\), restored +.*ServiceException/);
  expect(end.stdout).not.toMatch(/stage rest starts/);
  expect(await fleet.instances()).toEqual(before);

  const status = await runCommand(['status', fleet.name, ...serverFlags()]);
  expect(status.code).toBe(3);
  expect(status.stdout).toMatch(/RolloutRolledBack/);
});

it('ends with 4 where the rollout is done and an instance was left alone', async () => {
  const fleet = await startFleet({
    fleet: [
      { region: 'us-east-1', prefix: 'web-', count: 2 },
      { region: 'us-east-1', prefix: 'old-', count: 1, tags: { 'imds-rollout': 'skip' } },
    ],
  });
  await fleet.startWorker();
  const end = await runCommand(['start', await fleet.spec(), '--wait', '--json', ...fleet.startFlags]);
  expect(end).toMatchObject({ code: 4 });
  expect(parseJson(end)).toMatchObject({ exitCode: 4, outcome: { result: { counts: { changed: 2, skipped: 1 } } } });
});

it('of two starts over one region at the same moment one runs, and the other ends with 3 and names it', async () => {
  const fleet = await startFleet({ count: 8, faults: heldChanges() });
  await fleet.startWorker();
  const names = [`${fleet.name}-a`, `${fleet.name}-b`];
  const running = names.map(async (name) =>
    runProcess(['start', await fleet.spec({ name }), '--watch', '--json', ...fleet.startFlags]),
  );
  // The one that runs can't end yet.
  await Promise.race(running);
  await fleet.letGo();
  const ends = await Promise.all(running);
  expect(ends.map(({ code }) => code).toSorted()).toEqual([0, 3]);
  const loser = ends.findIndex(({ code }) => code === 3);
  const winner = names[1 - loser] ?? '';
  const refused = ends[loser];
  expect(refused && parseJson(refused)).toMatchObject({
    outcome: { status: 'failed', type: 'ScopeBusy', message: expect.stringContaining(`imds-rollout-${winner}`) },
  });
});

it('refuses a second rollout of the same name while the first one is open', async () => {
  const fleet = await startFleet();
  const spec = await fleet.spec();
  // No worker polls, so it stands waiting.
  expect(await runCommand(['start', spec, ...fleet.startFlags])).toMatchObject({ code: 5 });
  const end = await runCommand(['start', spec, '--json', ...fleet.startFlags]);
  expect(end).toMatchObject({ code: 2 });
  expect(parseJson(end)).toMatchObject({
    error: { type: 'RolloutAlreadyRunning', message: expect.stringMatching(/open already/) },
  });
});

it('asks nobody where there is no terminal, and starts nothing', async () => {
  const fleet = await startFleet();
  const flags = fleet.startFlags.filter((flag) => flag !== '--yes');
  const end = await runCommand(['start', await fleet.spec(), ...flags]);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/add --yes/);
  expect(await runCommand(['status', fleet.name, ...serverFlags()])).toMatchObject({ code: 2 });
});

it('a simulator prints its one line, and ends with 0 on SIGTERM', async () => {
  const { simulator, env, url } = await startFleet();
  expect(env).toMatchObject({
    AWS_ENDPOINT_URL_LIGHTSAIL: url,
    AWS_ACCESS_KEY_ID: expect.any(String),
    AWS_SECRET_ACCESS_KEY: expect.any(String),
    AWS_REGION: 'us-east-1',
  });
  simulator.signal('SIGTERM');
  expect((await simulator.ended).code).toBe(0);
  expect(simulator.stdout().trimEnd().split('\n')).toHaveLength(1);
});

it('a simulator refuses a scenario with an unknown key, and names the place', async () => {
  const end = await runCommand(['simulator', '--scenario', '-'], { input: 'flet: []' });
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/flet: is not a known key/);
});

it('a worker ends with 0 on SIGTERM once nothing is under way', async () => {
  const fleet = await startFleet();
  const worker = await fleet.startWorker();
  worker.signal('SIGTERM');
  expect((await worker.ended).code).toBe(0);
  expect(worker.stderr()).toMatch(/SIGTERM: finishing what is under way/);
  expect(worker.stdout()).toBe('');
});

it('a worker that is killed in mid-stage and started again loses nothing: one effect for each instance', async () => {
  const fleet = await startFleet({ count: 6, faults: heldChanges({ after: 1 }) });
  const first = await fleet.startWorker();
  const watch = startCommand(['start', await fleet.spec({ concurrency: 2 }), '--watch', '--json', ...fleet.startFlags]);
  await watch.says(/stage rest starts/);
  first.signal('SIGKILL');
  await first.ended;
  await fleet.startWorker();
  await fleet.letGo();
  const end = await watch.ended;
  expect(end).toMatchObject({ code: 0 });
  expect(parseJson(end)).toMatchObject({ outcome: { result: { counts: { changed: 6 } } } });
  expect(await fleet.calls('UpdateInstanceMetadataOptions')).toHaveLength(6);
});
