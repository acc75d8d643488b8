import { expect, it } from 'vitest';
import { createWorld } from '../support/world.js';
import { startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags, specFile, startCommand, temporaryFile } from './support.js';

/** Nothing listens on port 1. */
const NOWHERE = ['--address', '127.0.0.1:1'];

it('start --watch says that no worker polls the queue and what to do long before it ends with 5', async () => {
  const fleet = await startFleet();
  const watch = startCommand(['start', await fleet.spec(), '--watch', '--json', ...fleet.startFlags]);
  await watch.says(/Started/);
  let isOver = false;
  void watch.ended.then(() => {
    isOver = true;
  });
  await watch.says(/No worker polls task queue .*\n.*imds-rollout worker --address/);
  expect(isOver).toBe(false);
  const end = await watch.ended;
  expect(end).toMatchObject({ code: 5 });
  expect(parseJson(end)).toMatchObject({ state: 'no-worker', exitCode: 5 });
  expect(end.stderr).toMatch(/goes on as soon as a worker polls/);
});

it('a rollout that was started without a worker completes once one polls: the same watch sees it, and a command has waited for it', async () => {
  const world = await createWorld({ worker: false });
  const flags = [...serverFlags(), '--task-queue', world.taskQueue, '--yes'];
  const watch = startCommand(['start', await specFile(world.spec()), '--watch', ...flags]);
  await watch.says(/No worker polls/);
  const status = startCommand(['status', world.spec().name, ...serverFlags()]);
  await status.says(/Waits up to 10s for a worker/);
  // In this process: the watch gives up before a new one can be there on a busy machine.
  await world.startWorker();
  expect(await status.ended).toMatchObject({ code: 0 });
  expect(await watch.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/Completed: 5 changed, of 5/) });
});

it('start, messages, status and plan --remote end with 5 where no worker polls within 10 s; what was started stands waiting', async () => {
  const fleet = await startFleet();
  const spec = await fleet.spec();
  const start = await runCommand(['start', spec, '--json', ...fleet.startFlags]);
  expect(start).toMatchObject({ code: 5 });
  expect(start.stderr).toMatch(
    /No worker polls[\s\S]*imds-rollout worker --address[\s\S]*is started and stands waiting/,
  );
  expect(parseJson(start)).toMatchObject({ state: 'no-worker', exitCode: 5 });
  const commands = [
    ...['status', 'pause', 'resume', 'approve', 'reject', 'abort'].map((command) => [command, fleet.name]),
    ['revert', fleet.name, '--target', 'web-1'],
    ['plan', spec, '--remote', '--task-queue', fleet.taskQueue],
  ];
  // Together, since each waits for one.
  const ends = await Promise.all(commands.map((words) => runCommand([...words, '--json', ...serverFlags()])));
  for (const end of ends) {
    expect(end).toMatchObject({ code: 5 });
    expect(end.stderr).toMatch(/Waits up to 10s for a worker on task queue/);
    expect(parseJson(end)).toMatchObject({
      error: { type: 'NoWorker', message: expect.stringMatching(/imds-rollout worker/) },
    });
  }
});

it.each(['start', 'watch', 'status', 'pause', 'worker'])(
  '%s ends with 5 and says what to do where there is no server',
  async (command) => {
    const fleet = await startFleet();
    const args = command === 'start' ? [command, await fleet.spec(), '--yes', ...NOWHERE] : [command, ...NOWHERE];
    const end = await runCommand(args);
    expect(end).toMatchObject({ code: 5 });
    expect(end.stderr).toMatch(/No Temporal server answers at 127\.0\.0\.1:1 .*\n.*\n.*temporal server start-dev/);
  },
);

it('the server is taken from the environment, or from a profile', async () => {
  const toml = await temporaryFile('temporal.toml', '[profile.ops]\naddress = "127.0.0.1:1"\nnamespace = "ops"\n');
  const ends = await Promise.all([
    runCommand(['status', 'x'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } }),
    runCommand(['status', 'x', '--profile', 'ops'], { env: { TEMPORAL_CONFIG_FILE: toml } }),
  ]);
  for (const end of ends) {
    expect(end).toMatchObject({ code: 5, stderr: expect.stringMatching(/127\.0\.0\.1:1/) });
  }
});

it('a namespace that does not exist is bad input', async () => {
  const [, address = ''] = serverFlags();
  const end = await runCommand(['status', 'x', '--address', address, '--namespace', 'no-such-namespace']);
  expect(end).toMatchObject({ code: 2 });
  expect(end.stderr).toMatch(/no-such-namespace/);
});

it('a rollout that does not exist is bad input', async () => {
  const end = await runCommand(['watch', 'no-such-rollout', ...serverFlags()]);
  expect(end).toMatchObject({ code: 2 });
  expect(end.stderr).toMatch(/There is no rollout no-such-rollout/);
});
