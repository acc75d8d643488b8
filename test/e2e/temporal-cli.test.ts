import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { temporalCli } from '../support/temporal-runs.js';
import { waitForHold } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

// A rollout by somebody who has the Temporal CLI, a spec and a worker: no client of ours, as from any other SDK.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imds-rollout-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function start(world: World, workflowId: string, spec: unknown) {
  const file = join(folder, `${workflowId}.json`);
  await writeFile(file, JSON.stringify(spec));
  const wanted = ['--type', 'imdsRollout', '--task-queue', world.taskQueue, '--workflow-id', workflowId];
  await temporalCli(world, 'workflow', 'start', ...wanted, '--input-file', file);
  return world.rollouts.handle(workflowId);
}

function update(world: World, workflowId: string, name: string, ...input: string[]): Promise<string> {
  return temporalCli(world, 'workflow', 'update', 'execute', '--workflow-id', workflowId, '--name', name, ...input);
}

function describe(world: World, workflowId: string) {
  return world.client.workflow.getHandle(workflowId).describe();
}

interface Metadata {
  readonly definition: Readonly<Record<string, readonly { readonly name: string; readonly description?: string }[]>>;
  readonly currentDetails: string;
}

/** What the Temporal UI asks a workflow for. */
function metadata(world: World, workflowId: string): Promise<Metadata> {
  return world.client.workflow.getHandle(workflowId).query<Metadata>('__temporal_workflow_metadata');
}

const WITH_APPROVAL: Partial<RolloutSpecInput> = {
  stages: [
    { name: 'canary', size: 1 },
    { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
  ],
};

it('is started, asked, paused, resumed, approved and aborted by the Temporal CLI', async () => {
  const world = await createWorld({ fleet: 4 });
  const id = `cli-${world.account}`;
  const rollout = await start(world, id, world.spec(WITH_APPROVAL));
  await waitForHold(rollout, 'approval');
  const status = await temporalCli(world, 'workflow', 'query', '--workflow-id', id, '--type', 'status');
  expect(status).toContain('"title":"1 of 4 require IMDSv2, 3 not started"');

  const open = await metadata(world, id);
  const { currentDetails } = open;
  expect(currentDetails).toMatch(/^\*\*1 of 4 require IMDSv2, 3 not started\*\*\n\n\*\*Waits for an approval\*\*/);
  expect(currentDetails).toContain('\n- `approve` `{ "by": "ann" }`: lets the stage start\n');
  const [lease, { runId }] = [`imds-rollout-lease:${world.account}:us-east-1`, await describe(world, id)];
  const held = await metadata(world, lease);
  expect(held.currentDetails).toContain(`Held by \`${id}\``);
  const batch = await metadata(world, `${id}/${runId.slice(0, 8)}/canary/1`);
  expect(batch.currentDetails).toBe(`**1 changed, of 1**\n\nGoes on. Send Updates to its parent, \`${id}\`.`);

  // The UI and the CLI send nothing at all, or null, where no input is given.
  expect(await update(world, id, 'pause')).toContain(' paused:map[');
  expect(await update(world, id, 'resume', '--input', 'null')).not.toContain(' paused:map[');
  await expect(update(world, id, 'skipBake')).rejects.toThrow('No stage is baking now.');
  await expect(update(world, id, 'revert')).rejects.toThrow(/name/);
  expect(await update(world, id, 'approve', '--input', '{ "by": "ann" }')).toContain('by:ann event:approve');
  expect(await rollout.result()).toMatchObject({
    status: 'completed',
    result: { ended: 'completed', title: '4 of 4 require IMDSv2' },
  });

  for (const name of ['web-1', 'web-2', 'web-3', 'web-4'])
    world.patch(name, { metadataOptions: { httpTokens: 'optional' } });
  const aborted = await start(world, `${id}-2`, world.spec(WITH_APPROVAL));
  await waitForHold(aborted, 'approval');
  await update(world, `${id}-2`, 'abort');
  const outcome = await aborted.result();
  expect(outcome).toMatchObject({ type: 'RolloutAborted', result: { counts: { changed: 1 } } });
  expect('message' in outcome && outcome.message.split('\n')).toEqual([
    '1 of 4 require IMDSv2, 3 not started. Aborted.',
    expect.stringMatching(
      `^1 instance may be left changed\\. To take it back: imds-rollout rollback ${id}-2, or start workflow imdsRollback on the same task queue with {"rollouts":\\[{"workflowId":"${id}-2","runId":"[0-9a-f-]+"}]} \\(possible until `,
    ),
    'To go on instead: mend the cause, then start the spec again. What is done is left alone.',
  ]);
  const after = await metadata(world, `${id}-2`);
  expect(after.currentDetails).toMatch(/^\*\*1 of 4 .*\*\*\n\n\*\*Aborted\*\*\n\n1 instance may be left/);

  const { taskQueue } = world;
  const rollback = await world.rollouts.rollback([{ workflowId: `${id}-2` }], { taskQueue });
  expect(await rollback.result()).toMatchObject({ result: { title: '1 of 1 taken back' } });
  const back = await metadata(world, rollback.workflowId);
  expect(back.currentDetails).toMatch(/^\*\*1 of 1 taken back\*\*\n\n\*\*Rolled back\*\*/);

  // The UI shows what a message does beside its name.
  const messages = [open, back, held, batch].flatMap(({ definition }) =>
    ['queryDefinitions', 'signalDefinitions', 'updateDefinitions'].flatMap((kind) => definition[kind] ?? []),
  );
  expect(messages.length).toBeGreaterThan(20);
  expect(messages.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
});

it('ends at once, readably, where the spec is wrong', async () => {
  const world = await createWorld({ fleet: 1 });
  const id = `cli-bad-${world.account}`;
  const rollout = await start(world, id, { name: 'bad', options: { httpToken: 'required' }, targets: {} });
  const outcome = await rollout.result();
  expect(outcome).toMatchObject({ type: 'InvalidRolloutSpec' });
  expect('message' in outcome && outcome.message).toMatch(
    /^The rollout spec is refused:\noptions\.httpToken: unknown field "httpToken", did you mean "httpTokens"\?[\s\S]*targets\.regions: [\s\S]*\nNothing was changed\. Correct the spec, then start again\.$/,
  );
  expect((await metadata(world, id)).currentDetails).toMatch(
    /^\*\*no plan was made, nothing was changed\*\*\n\n\*\*The rollout spec is refused:\*\*/,
  );
});
