import pc from 'picocolors';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ListedRollout, ListJson } from '../../src/cli/json/list.js';
import { ageOf, renderList } from '../../src/cli/render/list.js';
import { openTemporalServer } from '../../src/server/index.js';
import { until } from '../support/wait.js';
import { createWorld } from '../support/world.js';
import { parseJson, runCommand, serverFlags } from './support.js';

const LONG_BAKE = {
  stages: [
    { name: 'canary', size: 1, bake: '10m' },
    { name: 'rest', size: 'rest' },
  ],
};

/** Of all rollouts of the server, which other tests use too. */
async function list(...flags: string[]): Promise<readonly ListedRollout[]> {
  const end = await runCommand(['list', '--json', '--limit', '1000', ...flags, ...serverFlags()]);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  return (parseJson(end) as ListJson).rollouts;
}

it('says of an open rollout what it waits for, of an ended one how, and of both the plan; a rollback is one of them', async () => {
  const world = await createWorld();
  const done = await world.start();
  await done.result();
  const back = await world.rollouts.rollback([{ workflowId: done.workflowId }], { taskQueue: world.taskQueue });
  await back.result();
  const baking = await world.start({ ...LONG_BAKE, name: 'listed-bake' }, `${done.workflowId}-bake`);
  onTestFinished(() => baking.abort().then(() => {}));
  await until(async () => expect(await baking.status()).toMatchObject({ waiting: { for: 'bake' } }));

  const all = await list();
  const find = (id: string) => all.find(({ workflowId }) => workflowId === id);
  const open = {
    kind: 'rollout',
    name: 'listed-bake',
    state: 'open',
    answered: true,
    phase: 'waiting',
    stage: 'canary',
    waiting: { for: 'bake', until: expect.stringMatching(/Z$/) },
    endedAt: null,
    planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    counts: { changed: 1, total: 5 },
  };
  expect(find(baking.workflowId)).toMatchObject(open);
  expect(find(done.workflowId)).toMatchObject({
    kind: 'rollout',
    state: 'completed',
    runId: done.runId,
    planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    counts: { changed: 5, total: 5 },
    endedAt: expect.stringMatching(/Z$/),
  });
  expect(find(back.workflowId)).toMatchObject({
    kind: 'rollback',
    name: world.spec().name,
    planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    state: 'rolled-back',
    counts: { restored: 5 },
  });
  const times = all.map(({ startedAt }) => startedAt);
  expect(times).toEqual([...times].sort().reverse());
  // Batches, leases and plans are workflows of the same server.
  for (const { workflowId, kind } of all) {
    expect(['rollout', 'rollback']).toContain(kind);
    expect(workflowId).not.toMatch(/lease|imds-plan|\/canary\//);
  }

  const openOnly = await list('--open');
  expect(openOnly.map(({ workflowId }) => workflowId)).toContain(baking.workflowId);
  expect(new Set(openOnly.map(({ state }) => state))).toEqual(new Set(['open']));

  const shown = await runCommand(['list', '--limit', '1000', ...serverFlags()]);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  const lineOf = (id: string) => shown.stdout.split('\n').find((line) => line.includes(`${id} `));
  expect(lineOf(baking.workflowId)).toMatch(
    /▸ .*baking, stage canary, until .* UTC +1 changed, 4 not started, of 5 +rollout of listed-bake, run .*, plan [0-9a-f]{12}, started \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
  );
  expect(lineOf(done.workflowId)).toMatch(/✔ .*completed after .*5 changed, of 5.*ended .* UTC$/);

  const one = await runCommand(['list', '--limit', '1', ...serverFlags()]);
  expect(one.stdout).toMatch(/\n\nThere are more: see --limit\.\n/);
});

it('shows a rollout that no worker answers for, or that was terminated, and does not fail over it', async () => {
  const world = await createWorld({ worker: false });
  const { workflowId } = await world.start();
  const find = async (...flags: string[]) => (await list(...flags)).find((each) => each.workflowId === workflowId);
  // The server lists what was started a moment later.
  await until(async () =>
    expect(await find('--open')).toMatchObject({ state: 'open', answered: false, name: null, counts: null }),
  );
  const shown = await runCommand(['list', '--open', '--limit', '1000', ...serverFlags()]);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(new RegExp(`\\? ${workflowId} +open, but no worker answers`));
  expect(shown.stdout).toMatch(
    /as soon as one polls its task queue:\n {2}imds-rollout worker --address .* --task-queue /,
  );

  await world.client.workflow.getHandle(workflowId).terminate('not needed');
  await until(async () =>
    expect(await find()).toMatchObject({ state: 'terminated', error: 'Terminated', counts: null }),
  );
});

it('says where there is none, and what to do', async () => {
  const server = await openTemporalServer({ ownServer: true });
  onTestFinished(() => server.stop());
  const all = await runCommand(['list', '--address', server.address]);
  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout).toMatch(
    /There is no rollout in namespace default at .*\n.*imds-rollout init.*\n.*imds-rollout start .*\n.*imds-rollout demo/,
  );
  const open = await runCommand(['list', '--open', '--address', server.address]);
  expect(open.stdout).toMatch(/No rollout is open in namespace default.*\n.*\n.*imds-rollout list/);
  expect(parseJson(await runCommand(['list', '--json', '--address', server.address]))).toEqual({
    rollouts: [],
    more: false,
  });
});

it.each([
  [['--limit', '0'], 2, /from 1 to 1000/],
  [['--limit', '1001'], 2, /from 1 to 1000/],
  [['--address', '127.0.0.1:1'], 5, /No Temporal server answers at 127\.0\.0\.1:1/],
  [[...'--namespace no-such-namespace'.split(' ')], 2, /no-such-namespace/],
])('%j ends with %i', async (flags, code, says) => {
  const [, address = ''] = serverFlags();
  const end = await runCommand(['list', '--address', address, ...flags]);
  expect(end).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(says) });
});

describe('on a screen', () => {
  const NOW = Date.parse('2026-11-25T12:00:00Z');
  const ended: ListedRollout = {
    workflowId: 'imds-rollout-prod\u001b[2J',
    runId: '01a21370-6a34-7c24-94e0-330d80b557ad',
    kind: 'rollout',
    name: 'prod\u001b[2J',
    planHash: 'ab'.repeat(32),
    taskQueue: 'q',
    state: 'failed',
    error: 'PlanFailed',
    startedAt: '2026-11-22T08:00:00.000Z',
    endedAt: '2026-11-22T09:30:00.000Z',
    counts: null,
  };
  const { error: _, ...rest } = ended;
  const open: ListedRollout = {
    ...rest,
    state: 'open',
    answered: true,
    phase: 'waiting',
    stage: 'canary',
    waiting: { for: 'bake', since: '2026-11-25T09:00:00.000Z', until: '2026-11-25T16:00:00.000Z' },
    startedAt: '2026-11-25T09:00:00.000Z',
    endedAt: null,
    counts: { total: 40, inFlight: 0, changed: 1 },
  };
  const show = (width: number) => renderList({ paint: pc.createColors(false), width }, [open, ended], NOW);

  it.each([50, 80, 140])('no line is wider than %i columns, and nothing obeyed by a terminal is in it', (width) => {
    for (const line of show(width)) {
      expect(line.length).toBeLessThanOrEqual(width);
      expect(line).not.toContain('\u001b');
    }
  });

  it('times are in UTC, with how long ago, and how long a bake goes on', () => {
    const text = show(140).join('\n');
    expect(text).toContain('baking, stage canary, until 2026-11-25 16:00 UTC (in 4h)');
    expect(text).toContain('started 2026-11-25 09:00 UTC (3 h ago)');
    expect(text).toContain('failed: PlanFailed after 1h 30m');
    expect(text).toContain('ended 2026-11-22 09:30 UTC (3 days ago)');
  });

  it.each([
    ['2026-11-25T11:59:30Z', 'just now'],
    ['2026-11-25T12:00:30Z', 'just now'],
    ['2026-11-25T11:58:00Z', '2 min ago'],
    ['2026-11-24T12:00:00Z', '1 day ago'],
  ])('%s was %s', (iso, age) => {
    expect(ageOf(iso, NOW)).toBe(age);
  });
});
