import { expect, it, onTestFinished } from 'vitest';
import { openTemporalServer } from '../../src/server/index.js';
import { ownTemporal } from '../support/own-temporal.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';
import { startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags, startCommand } from './support.js';
import { startOnTerminal } from './terminal.js';

/** Long enough for a test to step in, and never waited out. */
const LONG_BAKE = {
  stages: [
    { name: 'canary', size: 2, bake: '10m' },
    { name: 'rest', size: 'rest' },
  ],
};

it('pause, resume, revert and abort --rollback: each says how the rollout stands, what is final asks on a terminal, and the last one takes everything back', async () => {
  const fleet = await startFleet({ count: 4 });
  await fleet.startWorker();
  const before = await fleet.instances();
  const watch = startCommand(['start', await fleet.spec(LONG_BAKE), '--watch', ...fleet.startFlags]);
  await watch.says(/baking, stage canary/);
  const flags = [fleet.name, ...serverFlags()];

  const paused = await runCommand(['pause', ...flags, '--reason', 'elevated\u001b[2J 5xx', '--by', 'ops']);
  expect(paused).toMatchObject({ code: 0, stderr: '' });
  expect(paused.stdout).toMatch(/Paused: no new change starts.*[\s\S]*imds-rollout resume/);
  const status = await runCommand(['status', ...flags]);
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/pause by ops \(elevated/);
  expect(status.stdout).toMatch(/imds-rollout resume imds-rollout-/);
  expect(status.stdout).not.toContain('\u001b');

  const resumed = await runCommand(['resume', ...flags, '--json']);
  expect(resumed.code).toBe(0);
  expect(parseJson(resumed)).toMatchObject({
    message: 'resume',
    by: expect.stringMatching(/^.+@.+$/),
    status: { phase: 'waiting' },
  });

  const refused = await runCommand(['approve', ...flags, '--json']);
  expect(refused.code).toBe(2);
  expect(parseJson(refused)).toMatchObject({
    error: { type: 'MessageRefused', message: expect.stringMatching(/Nothing waits/) },
  });

  const reverted = await runCommand(['revert', ...flags, '--target', 'web-1']);
  expect(reverted).toMatchObject({ code: 0, stderr: '' });
  expect(reverted.stdout).toMatch(
    /Revert of 1 instance:\n +us-east-1\/web-1 +httpTokens required → optional\n +The rollout goes on, and its failure budget is untouched\.[\s\S]*On the way back: web-1/,
  );
  const canary = ['--target', 'web-1', 'web-2'];
  const finals: [string[], RegExp][] = [
    [
      ['revert', ...canary, '--count'],
      /where 0 may\.[\s\S]*The rollout then stops[\s\S]*Take 1 instance back, and stop/,
    ],
    [['abort'], /Abort the rollout for good, and halt: the 1 changed stay/],
    [['abort', '--rollback'], /Abort the rollout for good, and roll back: the 1 changed go back/],
  ];
  for (const [[command = '', ...words], question] of finals) {
    const terminal = startOnTerminal([command, ...flags, ...words]);
    await terminal.shows(question);
    terminal.press('n');
    expect(await terminal.ended).toMatchObject({ code: 1 });
  }
  expect(parseJson(await runCommand(['status', ...flags, '--json']))).toMatchObject({
    status: { phase: 'waiting', counts: { changed: 1, restored: 1 }, budget: { failed: 0 } },
  });

  expect(await runCommand(['abort', ...flags, '--rollback'])).toMatchObject({ code: 0 });
  expect((await watch.ended).code).toBe(3);
  expect(await fleet.instances()).toEqual(before);
  const late = await runCommand(['pause', ...flags]);
  expect(late.code).toBe(2);
  expect(late.stderr).toMatch(/has ended/);
});

it('Ctrl-C in watch leaves the rollout running, says so and how to go on, and ends with 130', async () => {
  const fleet = await startFleet({ count: 4 });
  await fleet.startWorker();
  const watch = startCommand(['start', await fleet.spec(LONG_BAKE), '--watch', '--json', ...fleet.startFlags]);
  await watch.says(/baking, stage canary/);
  watch.signal('SIGINT');
  const end = await watch.ended;
  expect(end).toMatchObject({ code: 130 });
  expect(parseJson(end)).toMatchObject({ state: 'left', exitCode: 130 });
  expect(end.stderr).toMatch(/goes on[\s\S]*imds-rollout watch imds-rollout-/);
  const status = parseJson(await runCommand(['status', fleet.name, '--json', ...serverFlags()]));
  expect(status).toMatchObject({ open: true, status: { waiting: { for: 'bake' } } });
  expect(await runCommand(['abort', fleet.name, ...serverFlags()])).toMatchObject({ code: 0 });
});

it('takes the only open rollout where no ID is given, and asks for one where several are open', async () => {
  const server = await openTemporalServer({ ownServer: true });
  onTestFinished(() => server.stop());
  const address = ['--address', server.address];
  const none = await runCommand(['watch', ...address]);
  expect(none.code).toBe(2);
  expect(none.stderr).toMatch(/No rollout is open/);

  const fleet = await startFleet();
  const start = async (name: string) =>
    runCommand(['start', await fleet.spec({ name }), '--yes', '--wait', ...address]);
  const first = startCommand(['start', await fleet.spec({ name: 'one' }), '--yes', '--wait', ...address]);
  await first.says(/Started/);
  const status = async () => (await runCommand(['status', ...address])).stderr;
  await until(async () => expect(await status()).toMatch(/The rollout is open/));
  await start('two');
  await until(async () =>
    expect(await status()).toMatch(/Several rollouts are open, name one of them:\n {2}imds-rollout-(one|two)\n/),
  );
});

it('a server that goes away under a watch ends it with 5, and the rollout is not called ended', async () => {
  const server = await openTemporalServer({ ownServer: true });
  onTestFinished(() => server.stop());
  const fleet = await startFleet();
  const watch = startCommand(['start', await fleet.spec(), '--yes', '--watch', '--address', server.address]);
  await watch.says(/No worker polls/);
  await server.stop();
  const end = await watch.ended;
  expect(end).toMatchObject({ code: 5 });
  expect(end.stderr).toMatch(/No Temporal server answers/);
});

it('where a run takes no more Updates, pause and abort are sent as signals and say so, and others say what is left', async (context) => {
  const temporal = await ownTemporal(context.onTestFinished, { 'history.maxTotalUpdates': '1' });
  const world = await createWorld({ onTestFinished: context.onTestFinished, temporal, fleet: 4 });
  const rollout = await world.start({ ...LONG_BAKE, stages: [...LONG_BAKE.stages] });
  await waitForHold(rollout, 'bake');
  await rollout.resume();
  const flags = [rollout.workflowId, '--address', temporal.address];
  const refused = await runCommand(['skip-bake', ...flags]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/taken as many Updates as Temporal takes[\s\S]*abort it, and start it again/);
  const paused = await runCommand(['pause', ...flags, '--by', 'ann']);
  expect(paused).toMatchObject({ code: 0, stderr: '' });
  expect(paused.stdout).toMatch(/Paused: no new change starts[\s\S]*Sent as a signal/);
  const aborted = parseJson(await runCommand(['abort', ...flags, '--json']));
  expect(aborted).toMatchObject({ message: 'abort', sentAs: 'signal', status: { aborted: { mode: 'halt' } } });
  expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
});
