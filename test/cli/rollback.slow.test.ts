import { readFile, rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { reportJsonSchema, verifyJsonSchema } from '../../src/cli/json/report.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { readVersion } from '../../src/version.js';
import { heldChanges } from '../support/faults.js';
import { temporal } from '../support/temporal.js';
import { until } from '../support/wait.js';
import { type SimulatedFleet, startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags, startCommand, temporaryFile } from './support.js';

const ONE_STAGE: Partial<RolloutSpecInput> = { stages: [{ name: 'all', size: 'rest' }] };

const updates = async (fleet: SimulatedFleet) => (await fleet.calls('UpdateInstanceMetadataOptions')).length;

/** Runs a rollout of that fleet to its end. */
async function rollOut(fleet: SimulatedFleet, changes: Partial<RolloutSpecInput> = ONE_STAGE): Promise<void> {
  await fleet.startWorker();
  const end = await runCommand(['start', await fleet.spec(changes), '--wait', ...fleet.startFlags]);
  expect(end.stderr).toBe('');
}

function patch(fleet: SimulatedFleet, name: string, metadataOptions: object): Promise<Response> {
  const url = `${fleet.url}/_sim/instances/${fleet.account}/us-east-1/${name}`;
  return fetch(url, { method: 'PATCH', body: JSON.stringify({ metadataOptions }) });
}

/** A report whose undo restores one instance to other values, leaves one out, and gives up after a millisecond. */
function editUndo(text: string): string {
  const report = JSON.parse(text);
  const [first, , third] = report.undo.entries;
  first.target.before.httpPutResponseHopLimit = 9;
  report.undo.restore.settings.timeout = 1;
  report.undo.entries = [first, third];
  return JSON.stringify(report);
}

/** Deletes the history of a workflow, as the end of the retention does. */
async function forget(workflowId: string): Promise<void> {
  const client = await temporal().client();
  const { namespace } = client.options;
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
}

it('of a rollout that was terminated in mid-batch restores what it changed, leaves foreign changes, and writes nothing more', async () => {
  const fleet = await startFleet({ count: 10, faults: heldChanges({ after: 3 }) });
  const before = await fleet.instances();
  await fleet.startWorker();
  const options = { httpTokens: 'required', httpPutResponseHopLimit: 2 } as const;
  const spec = await fleet.spec({ ...ONE_STAGE, options, concurrency: 3 });
  const started = await runCommand(['start', spec, ...fleet.startFlags]);
  expect(started.stdout).toContain('Once it has ended, rollback can read its history for 1d');
  await until(async () => expect(await updates(fleet)).toBe(6));
  const workflow = (await temporal().client()).workflow.getHandle(`imds-rollout-${fleet.name}`);
  await workflow.terminate('by hand');
  await fleet.letGo();
  const changed = (await fleet.calls('UpdateInstanceMetadataOptions'))[0]?.instanceName ?? '';
  await patch(fleet, changed, { httpPutResponseHopLimit: 5 });

  const end = await runCommand(['rollback', fleet.name, '--watch', '--yes', ...serverFlags()]);
  expect(end).toMatchObject({ code: 4, stderr: '' });
  expect(end.stdout).toMatch(/us-east-1 \(\d{12}\): \d+ instances\n +httpTokens required → optional, /);
  expect(end.stdout).toMatch(/\d+ instances in all. \d+ of them let IMDSv1 in again/);
  expect(end.stdout).toMatch(/Taken back: \d+ restored, 1 drifted/);
  expect(end.stdout).toMatch(new RegExp(`us-east-1/${changed} .*drifted.*changed elsewhere since`));
  const others = (all: Awaited<ReturnType<typeof fleet.instances>>) => all.filter(({ name }) => name !== changed);
  const after = await fleet.instances();
  expect(others(after)).toEqual(others(before));
  expect(after.find(({ name }) => name === changed)?.metadataOptions).toMatchObject({ httpPutResponseHopLimit: 5 });
  const written = await updates(fleet);
  const again = await runCommand(['rollback', fleet.name, '--wait', '--yes', ...serverFlags()]);
  expect(again).toMatchObject({ code: 4, stderr: '' });
  expect(again.stdout).toMatch(/A rollback of it has ended already/);
  expect(await updates(fleet)).toBe(written);
});

it('shows with --dry-run each instance, and starts nothing; --only and --keep-tokens hold it to a part', async () => {
  const fleet = await startFleet({ count: 3 });
  await rollOut(fleet, { ...ONE_STAGE, options: { httpTokens: 'required', httpPutResponseHopLimit: 2 } });
  const shown = await runCommand(['rollback', fleet.name, '--dry-run', ...serverFlags()]);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  for (const name of ['web-1', 'web-2', 'web-3'])
    expect(shown.stdout).toMatch(
      new RegExp(`us-east-1/${name} .*httpTokens required → optional, .*HopLimit 2 → 1 .*stage all`),
    );
  const json = parseJson(
    await runCommand(['rollback', fleet.name, '--dry-run', '--keep-tokens', '--json', ...serverFlags()]),
  );
  expect(json).toMatchObject({ toImdsV1: 0, warnings: [], targets: [{ back: { httpTokens: 'required' } }, {}, {}] });
  expect(await updates(fleet)).toBe(3);

  const part = ['--only', 'web-2', '--keep-tokens', '--wait', '--yes', '--json'];
  const end = await runCommand(['rollback', fleet.name, ...part, ...serverFlags()]);
  expect(end.code).toBe(0);
  expect(parseJson(end)).toMatchObject({
    state: 'ended',
    outcome: {
      status: 'completed',
      result: { ended: 'rolled-back', counts: { restored: 1, total: 1 }, downgraded: 0 },
    },
  });
  const options = (await fleet.instances()).map(({ name, metadataOptions }) => [
    name,
    metadataOptions?.httpTokens,
    metadataOptions?.httpPutResponseHopLimit,
  ]);
  expect(options).toEqual([
    ['web-1', 'required', 2],
    ['web-2', 'required', 1],
    ['web-3', 'required', 2],
  ]);
});

it('from a JSON report takes the rollout back once its history is gone, and names what it left with exit code 4', async () => {
  const fleet = await startFleet({ count: 3 });
  await rollOut(fleet, { ...ONE_STAGE, options: { httpTokens: 'required', httpPutResponseHopLimit: 2 } });
  const page = await temporaryFile('report.csv', '');
  await rm(page);
  const kept = page.replace(/csv$/, 'json');
  const files = ['-o', kept, '-o', page];
  const written = await runCommand(['report', fleet.name, ...files, ...serverFlags()]);
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(written.stdout).toMatch(
    /^3 of 3 instances require IMDSv2\n[\s\S]*takes 3 instances back.*\n.*rollback --from/,
  );
  const text = await readFile(kept, 'utf8');
  const other = await runCommand(['report', fleet.name, '-o', page, '--format', 'html', ...serverFlags()]);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/no report of this run/) });
  const verify = (file: string) => runCommand(['report', '--verify', file, '--json']);
  const intact = await verify(kept);
  expect(verifyJsonSchema.parse(parseJson(intact))).toMatchObject({ intact: true });
  const edited = await temporaryFile('edited.json', editUndo(text));
  expect(verifyJsonSchema.parse(parseJson(await verify(edited)))).toMatchObject({ intact: false });
  const refused = await runCommand(['rollback', '--from', edited, '--yes', ...serverFlags()]);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/was edited since it was written.*--dry-run/),
  });
  const shown = await runCommand(['rollback', '--from', edited, '--dry-run', '--allow-edited', ...serverFlags()]);
  expect(shown.stdout).toMatch(/us-east-1\/web-1: before, from the report to the undo: httpPutResponseHopLimit 1 → 9/);
  expect(shown.stdout).toMatch(/us-east-1\/web-2: changed by the report's list of instances, and missing in its undo/);
  expect(shown.stdout).toMatch(/timeout 1ms, poll interval/);
  expect(shown.stdout).toMatch(/^ {2}us-east-1\/web-1 .*HopLimit 2 → 9.*stage all$/m);
  // Nobody has seen the edits, so yes beforehand doesn't answer for them.
  const unseen = await runCommand(['rollback', '--from', edited, '--yes', '--allow-edited', ...serverFlags()]);
  expect(unseen).toMatchObject({ code: 2, stdout: '' });
  const [, content = ''] = /--yes --allow-edited=([0-9a-f]{64})/.exec(unseen.stderr) ?? [];
  const mismatch = `--allow-edited=${'0'.repeat(64)}`;
  const mistaken = await runCommand(['rollback', '--from', edited, '--yes', mismatch, ...serverFlags()]);
  expect(mistaken).toMatchObject({ code: 2, stderr: expect.stringContaining(`gives ${content}`) });
  const report = { code: 0, stdout: text, stderr: '' };
  expect(reportJsonSchema.parse(parseJson(report))).toMatchObject({
    format: 'imds-rollout-report/1',
    rollout: { name: fleet.name, status: 'COMPLETED' },
    outcome: { status: 'completed' },
    versions: { workerBuilds: [readVersion()] },
    undo: { entries: [{ stage: 'all' }, { stage: 'all' }, { stage: 'all' }] },
  });
  await forget(`imds-rollout-${fleet.name}`);
  // Starts none, for as long as the history is still there.
  const rollback = () => runCommand(['rollback', fleet.name, '--dry-run', ...serverFlags()]);
  await until(async () => expect((await rollback()).stderr).toContain('rollback --from FILE takes it back'));
  await patch(fleet, 'web-3', { httpPutResponseHopLimit: 5 });

  const file = await temporaryFile('report.json', report.stdout);
  const flags = ['--from', file, '--watch', '--yes', ...serverFlags()];
  const end = await runCommand(['rollback', ...flags]);
  expect(end).toMatchObject({ code: 4, stderr: '' });
  expect(end.stdout).toMatch(/Taken back: 2 restored, 1 drifted[\s\S]*us-east-1\/web-3 .*changed elsewhere since/);
  expect((await fleet.instances()).map(({ metadataOptions }) => metadataOptions?.httpPutResponseHopLimit)).toEqual([
    1, 1, 5,
  ]);
});

it('is refused with the remedy', async () => {
  const fleet = await startFleet({ count: 2 });
  await fleet.startWorker();
  const spec = await fleet.spec({ stages: [{ name: 'all', size: 'rest', bake: '10m' }] });
  const watch = startCommand(['start', spec, '--watch', ...fleet.startFlags]);
  await watch.says(/baking/);
  const refusal = async (...args: string[]) => {
    const end = await runCommand([...args, ...serverFlags()]);
    expect(end, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    return end.stderr;
  };
  expect(await refusal('rollback', fleet.name)).toMatch(/no terminal to ask on.*--dry-run/);
  expect(await refusal('rollback', fleet.name, '--yes')).toMatch(
    /is still open[\s\S]*imds-rollout abort .* --rollback/,
  );
  expect(await refusal('rollback', '--yes')).toMatch(/Name the rollout/);
  const many = Array.from({ length: 21 }, (_, n) => `rollout-${n}`);
  expect(await refusal('rollback', '--yes', ...many)).toMatch(/at most 20 rollouts/);
  expect(await refusal('rollback', fleet.name, '--yes', '--run-id', '0198abcd')).toMatch(/must be the whole run ID/);
  const unknown = '01980000-0000-7000-8000-000000000000';
  expect(await refusal('rollback', fleet.name, '--yes', '--run-id', unknown)).toMatch(`no run ${unknown} of a rollout`);
  expect(await refusal('report', fleet.name, '--format', 'json', '-o', spec)).toMatch(
    /no report of this run.*left as it is/,
  );
  expect(await refusal('rollback', fleet.name, '--yes', '--from', 'x.json')).toMatch(/not both/);
  expect(await refusal('rollback', '--yes', '--from', spec)).toMatch(
    /is no undo file or JSON report: its "format" must be/,
  );
  expect(await refusal('rollback', '--yes', '--from', '/nowhere')).toMatch(/There is no file/);
  expect(await refusal('rollback', fleet.name, '--yes', '--allow-edited')).toMatch(/name it with --from/);
  expect(await refusal('retry', fleet.name, '--yes')).toMatch(/still open/);
  expect(await refusal('report', fleet.name, '-o', `${spec}.txt`)).toMatch(/doesn't say its format.*\.html, \.md/);
  expect(await runCommand(['abort', fleet.name, '--rollback', ...serverFlags()])).toMatchObject({ code: 0 });
  await watch.ended;
  const nothing = await runCommand(['rollback', fleet.name, '--yes', '--json', ...serverFlags()]);
  expect(nothing.code).toBe(0);
  expect(parseJson(nothing)).toEqual({ targets: [], toImdsV1: 0, warnings: [] });
  expect(nothing.stderr).toContain('Nothing to take back');
  expect(await refusal('rollback', fleet.name, '--yes', '--only', 'web-1')).toMatch(
    /--only: "web-1" has not been changed, or is back/,
  );
});

it('is watched, shown and aborted as a rollout is', async () => {
  const fleet = await startFleet({ count: 12 });
  await rollOut(fleet);
  await fleet.holdChanges();
  const start = ['rollback', fleet.name, '--yes', '--concurrency', '1', '--json', ...serverFlags()];
  const started = parseJson(await runCommand(start));
  expect(started).toMatchObject({ state: 'started', workflowId: expect.stringContaining('/rollback/') });
  const id = String((started as { workflowId: string }).workflowId);
  await until(async () => expect(await updates(fleet)).toBe(13));
  const busy = await runCommand(start);
  expect(busy).toMatchObject({ code: 2 });
  expect(parseJson(busy)).toMatchObject({
    error: { type: 'RolloutAlreadyRunning', message: expect.stringContaining(`imds-rollout watch ${id}`) },
  });
  const status = await runCommand(['status', id, ...serverFlags()]);
  expect(status.stdout).toMatch(/taking back/);
  const paused = await runCommand(['pause', id, ...serverFlags()]);
  expect(paused).toMatchObject({ code: 2 });
  expect(paused.stderr).toMatch(/A rollback isn't held/);
  const aborted = await runCommand(['abort', id, ...serverFlags()]);
  expect(aborted).toMatchObject({ code: 0 });
  await fleet.letGo();
  expect(aborted.stdout).toMatch(/the rest stays as it is/);
  expect(aborted.stdout).not.toMatch(/rollout ends|new change/i);
  const end = await runCommand(['watch', id, ...serverFlags()]);
  expect(end.code).toBe(3);
  expect(end.stdout).toMatch(/RolloutAborted[\s\S]*changed/);
  const ended = await runCommand(['status', id, ...serverFlags()]);
  expect(ended.stdout).toContain(`imds-rollout rollback imds-rollout-${fleet.name} --address`);
  expect(await runCommand(['rollback', id, '--yes', ...serverFlags()])).toMatchObject({ code: 2 });
});

it('from a file that was edited restores as edited, once the checksum of exactly that content is named', async () => {
  const fleet = await startFleet({ count: 3 });
  await rollOut(fleet, { ...ONE_STAGE, options: { httpTokens: 'required', httpPutResponseHopLimit: 2 } });
  const written = await runCommand(['report', fleet.name, '--json', ...serverFlags()]);
  const report = JSON.parse(written.stdout);
  const [first] = report.undo.entries;
  first.target.before.httpPutResponseHopLimit = 5;
  report.undo.entries = [first];
  const file = await temporaryFile('report.json', JSON.stringify(report));
  const shown = await runCommand([
    'rollback',
    '--from',
    file,
    '--dry-run',
    '--allow-edited',
    '--json',
    ...serverFlags(),
  ]);
  expect(parseJson(shown)).toMatchObject({ targets: [{ back: { httpPutResponseHopLimit: 5 } }] });
  const [, content = ''] = /gives ([0-9a-f]{64})/.exec(JSON.stringify(parseJson(shown))) ?? [];
  const flags = ['--from', file, '--yes', '--wait', `--allow-edited=${content}`];
  const end = await runCommand(['rollback', ...flags, ...serverFlags()]);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  const limits = (await fleet.instances()).map(({ metadataOptions }) => metadataOptions?.httpPutResponseHopLimit);
  expect(limits.toSorted()).toEqual([2, 2, 5]);
});
