import { expect, it, onTestFinished } from 'vitest';
import {
  scheduleCreateJsonSchema,
  scheduleJsonSchema,
  scheduleListJsonSchema,
  scheduleStateJsonSchema,
  scheduleTriggerJsonSchema,
} from '../../src/cli/json/schedule.js';

import { temporal } from '../support/temporal.js';
import { until } from '../support/wait.js';
import { startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags } from './support.js';

it('a schedule changes what is new between its runs; it is looked at, changed, paused, triggered and deleted', async () => {
  const fleet = await startFleet({ count: 2 });
  await fleet.startWorker();
  const { name } = fleet;
  const id = `imds-rollout-${name}`;
  const schedule = (...args: string[]) => runCommand(['schedule', ...args, ...serverFlags()]);
  const stages = [{ name: 'all', size: 'rest' }];
  const path = await fleet.spec({ stages });
  const hardened = () =>
    until(async () => {
      const open = (await fleet.instances()).filter(
        ({ metadataOptions }) => metadataOptions?.httpTokens !== 'required',
      );
      expect(open.map((instance) => instance.name)).toEqual([]);
    });

  const { schedule: known } = await temporal().client();
  onTestFinished(() =>
    known
      .getHandle(id)
      .delete()
      .catch(() => {}),
  );
  const create = ['create', path, '--task-queue', fleet.taskQueue, '--yes'];
  const created = await schedule(...create, '--every', '1s', '--json');
  expect(created.code).toBe(0);
  expect(scheduleCreateJsonSchema.parse(parseJson(created))).toMatchObject({
    scheduleId: id,
    change: 'created',
    state: 'active',
    timing: { every: ['1s'], words: ['every 1s'] },
    nextTimes: Array.from({ length: 5 }, () => expect.objectContaining({ utc: expect.any(String) })),
  });
  await hardened();
  for (const fresh of ['new-1', 'new-2', 'new-3']) {
    await fleet.addInstance(fresh);
    await hardened();
  }
  expect(await fleet.calls('UpdateInstanceMetadataOptions')).toHaveLength(5);

  const paused = await schedule('pause', name, '--reason', 'looking', '--by', 'ops', '--json');
  expect(scheduleStateJsonSchema.parse(parseJson(paused))).toMatchObject({ scheduleId: id, state: 'paused' });
  await until(async () => expect((await known.getHandle(id).describe()).info.runningActions).toEqual([]));
  const described = scheduleJsonSchema.parse(parseJson(await schedule('describe', name, '--json')));
  expect(described).toMatchObject({ name, state: 'paused', note: 'paused by ops: looking', spec: { name, stages } });
  expect(described.counts.started).toBeGreaterThanOrEqual(4);
  for (const run of described.runs) expect(run).toMatchObject({ state: 'completed', endedAt: expect.any(String) });

  // The name of the spec is enough, for what its schedule has started last too.
  const status = await runCommand(['status', name, ...serverFlags()]);
  expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining(`${id}-`) });
  expect(status.stdout).toMatch(/Completed: (1 changed, 4|5) compliant, of 5/);

  const nightly = ['--cron', '0 3 * * *', '--time-zone', 'Europe/Stockholm', '--catch-up', '2h'];
  const updated = await schedule(...create, ...nightly);
  expect(updated).toMatchObject({ code: 0, stderr: '' });
  expect(updated.stdout).toMatch(
    /is there already, and would change:\n {2}cron +\(nothing\) → 0 3 \* \* \*\n {2}every +1s → \(nothing\)\n {2}timeZone +UTC → Europe\/Stockholm\n {2}catchUp +1h → 2h\n\n/,
  );
  expect(updated.stdout).toMatch(
    /is updated; it is still paused\.\n {2}every day at 03:00 \(Europe\/Stockholm\), as cron/,
  );
  expect(updated.stdout).toMatch(/\w{3} \d{4}-\d\d-\d\d 03:00 \+0[12]:00 {2}\d{4}-\d\d-\d\d 0[12]:00 UTC/);

  await fleet.addInstance('new-4');
  const triggered = await schedule('trigger', id, '--json');
  const { workflowId } = scheduleTriggerJsonSchema.parse(parseJson(triggered));
  expect(workflowId).toMatch(new RegExp(`^${id}-\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z$`));
  await hardened();

  const resumed = await schedule('resume', id, '--reason', 'seen', '--json');
  expect(parseJson(resumed)).toMatchObject({ state: 'active', reason: 'seen' });
  const typo = await schedule('describe', `${name}x`);
  expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining(`Did you mean ${name}?`) });
  const list = scheduleListJsonSchema.parse(parseJson(await schedule('list', '--json')));
  expect(list.schedules.find(({ scheduleId }) => scheduleId === id)).toMatchObject({
    name,
    state: 'active',
    lastRun: { workflowId },
  });

  const deleted = await schedule('delete', id, '--yes', '--json');
  expect(scheduleStateJsonSchema.parse(parseJson(deleted))).toMatchObject({ scheduleId: id, state: 'deleted' });
  await expect(known.getHandle(id).describe()).rejects.toThrow(/not found/);
});

it('a spec that needs a person is refused, with the place', async () => {
  const spec = { name: 'p', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } };
  const stages = [{ name: 'rest', size: 'rest', approval: {} }];
  const input = JSON.stringify({ ...spec, stages });
  const end = await runCommand(['schedule', 'create', '-', '--every', '1d', '--yes', '--address', '127.0.0.1:1'], {
    input,
  });
  expect(end).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/stages\[0\]\.approval: nobody is there .*\(\(stdin\):1:\d+\)/),
  });
});
