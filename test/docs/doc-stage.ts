import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, inject } from 'vitest';
import { type RolloutHandle, RolloutSchedules } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { allCommands, recordEnd } from '../support/reached.js';
import { type HereEnd, runHere } from '../support/run-here.js';
import { until, waitForHold } from '../support/wait.js';
import type { World } from '../support/world.js';
import type { DocCommand } from './doc-commands.js';

const NAME = 'require-imdsv2';
const QUICK = {
  options: { httpTokens: 'required' },
  targets: { regions: ['us-east-1', 'eu-west-1'] },
  apply: { timeout: '2m', pollInterval: '40ms', maxErrors: 1 },
  evidence: 'off',
} as const satisfies Partial<RolloutSpecInput>;
const STAGES: RolloutSpecInput['stages'] = [
  { name: 'canary', size: 1, bake: '50ms' },
  { name: 'early', size: '20%' },
  { name: 'rest', size: 'rest' },
];
const WORKER = JSON.stringify({
  accounts: { 444455556666: { role: 'arn:aws:iam::444455556666:role/imds-rollout' } },
  taskQueues: ['mine', 'checks'],
});

/** Makes what a command is about: its files, and the rollout that it looks at, steers or takes back. */
export async function prepare(world: World, { command, words }: DocCommand): Promise<void> {
  for (const file of filesIn(words, /\.ya?ml$/)) {
    await put(file, file.startsWith('worker') ? WORKER : JSON.stringify({ name: NAME, ...QUICK, stages: STAGES }));
  }
  if (command === 'init') await rm(words[1]?.endsWith('.yaml') ? words[1] : 'rollout.yaml', { force: true });
  await closeAll(world);
  reopen(world);
  const plan = flagValue(words, '--plan');
  if (plan !== undefined) {
    const spec = words[1]?.endsWith('.yaml') ? words[1] : 'rollout.yaml';
    await put(spec, JSON.stringify({ name: NAME, ...QUICK, stages: STAGES }));
    await must(['plan', spec, '-o', plan]);
  }
  const verify = flagValue(words, '--verify');
  if (verify !== undefined) {
    await rollOut(world, NAME);
    await rm(verify, { force: true });
    await must(['report', NAME, '-o', verify]);
  }
  const baseline = flagValue(words, '--baseline');
  if (baseline !== undefined) await must(['audit', '--regions', 'us-east-1', '--json', '-o', baseline]);
  const from = flagValue(words, '--from');
  if (from !== undefined) {
    await rollOut(world, NAME);
    await mkdir(dirname(from), { recursive: true });
    await rm(from, { force: true });
    await must(['report', NAME, '--format', 'json', '-o', from]);
  }
  const [id = NAME, ...more] = positionals(command, words);
  if (STEERING.includes(command)) await hold(world, id, command, words);
  if (/^schedule (?!create|list)/.test(command)) await schedule(world, id);
  const isOfFile = command === 'report' && (plan ?? verify) !== undefined;
  // To report one changes nothing: any that has ended will do.
  const isThere = command === 'report' && (await hasEnded(world, id));
  if (TAKING.includes(command) && !isOfFile && !isThere) for (const each of [id, ...more]) await rollOut(world, each);
}

/** Words that say in which form something is printed. */
const SHAPED = new Set(['--json', '--format', '-o', '--output']);

const STEERING = ['watch', 'status', 'pause', 'resume', 'approve', 'reject', 'skip-bake', 'revert', 'abort'];
const TAKING = ['rollback', 'retry', 'report'];

/** Runs a command line in this process, as a person would who has agreed to what it asks. */
export async function type(world: World, { command, words, isExample }: DocCommand): Promise<HereEnd> {
  const options = allCommands().find(({ name }) => name === command)?.command.options ?? [];
  const asks = options.some(({ long }) => long === '--yes') && !words.includes('--yes') && !words.includes('-y');
  const hash = (
    await world.rollouts
      .handle(`imds-rollout-${NAME}`)
      .status()
      .catch(() => undefined)
  )?.planHash;
  const typed = words.map((word, index) => (words[index - 1] === '--plan-hash' ? (hash ?? word) : word));
  // The examples of the help show what --json prints, too.
  const json = isExample && options.some(({ long }) => long === '--json') && !words.some((word) => SHAPED.has(word));
  const args = [...typed, ...(asks ? ['--yes'] : []), ...(json ? ['--json'] : [])];
  const end = await runHere(args);
  recordEnd(inject('reachedFolder'), args, end);
  return end;
}

async function must(words: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runHere(words);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stdout}${stderr}`);
}

/** A rollout that has changed its first stage and is held there, so that the command makes sense. */
async function hold(world: World, id: string, command: string, words: readonly string[]): Promise<void> {
  const names = words.slice(words.indexOf('--target')).map((word) => word.split('/').at(-1) ?? '');
  const stage = flagValue(words, '--stage') ?? 'rest';
  const ends = command === 'watch';
  const bake = command === 'skip-bake' ? '1h' : '50ms';
  const rollout = await start(world, id, {
    stages: [
      {
        name: stage === 'canary' ? 'first' : 'canary',
        size: 24,
        match: { names: ['web-1', ...names.filter((name) => /^[a-z]+-\d+$/.test(name))] },
        bake,
      },
      { name: stage, size: ends || stage === 'rest' ? 'rest' : 2, ...(ends ? {} : { approval: {} }) },
      ...(stage === 'rest' ? [] : [{ name: 'rest', size: 'rest' }]),
    ],
  });
  if (ends) return;
  await waitForHold(rollout, command === 'skip-bake' ? 'bake' : 'approval');
  if (command === 'resume') await rollout.pause();
}

async function hasEnded({ rollouts }: World, id: string): Promise<boolean> {
  const { phase } = await rollouts
    .handle(`imds-rollout-${id.replace(/^imds-rollout-/, '')}`)
    .status()
    .catch(() => ({ phase: undefined }));
  return phase === 'ended';
}

/** A rollout that has ended, with one instance that failed. */
async function rollOut(world: World, id: string): Promise<void> {
  reopen(world);
  world.simulator.state.addFault({
    operation: 'UpdateInstanceMetadataOptions',
    instance: 'web-3',
    region: 'us-east-1',
    times: 1,
    effect: { error: 'AccessDeniedException' },
  });
  const rollout = await start(world, id, {
    stages: [{ name: 'all', size: 'rest' }],
    failure: { max: 5, revert: 'none' },
  });
  await rollout.result();
}

function start(world: World, id: string, changes: Partial<RolloutSpecInput>): Promise<RolloutHandle> {
  const [name = NAME] = id.replace(/^imds-rollout-/, '').split('/');
  const spec = { name, ...QUICK, stages: STAGES, ...changes };
  const { taskQueue } = world;
  return world.rollouts.start(spec, { taskQueue, ...(id.includes('/') && { workflowId: id }) });
}

/** A schedule of that name, which is the only one, so that a command without an ID means it. */
async function schedule({ client, taskQueue }: World, id: string): Promise<void> {
  const schedules = new RolloutSchedules(client);
  const name = id.replace(/^imds-rollout-/, '');
  for (const { scheduleId } of await schedules.list()) await schedules.delete(scheduleId).catch(() => {});
  // One that was deleted is known for a moment longer.
  await until(async () => expect(await schedules.list()).toEqual([]));
  const spec = { name, ...QUICK, stages: STAGES };
  const saved = await schedules.save(spec, { every: ['365d'], taskQueue });
  await until(async () => expect((await schedules.list()).map(({ scheduleId }) => scheduleId)).toEqual([saved.id]));
}

/** Nothing is open that a command without an ID might mean. */
async function closeAll({ client, rollouts }: World): Promise<void> {
  const open = 'ExecutionStatus = "Running" AND (WorkflowType = "imdsRollout" OR WorkflowType = "imdsRollback")';
  for await (const { workflowId } of client.workflow.list({ query: open })) {
    const rollout = rollouts.handle(workflowId);
    await rollout.abort({ by: 'test' }).catch(() => {});
    await rollout.result();
  }
  await until(async () => {
    for await (const { workflowId } of client.workflow.list({ query: open })) throw new Error(`open: ${workflowId}`);
  });
}

/** Every instance lets IMDSv1 in again. */
function reopen({ simulator: { state } }: World): void {
  state.clearFaults();
  for (const { account, region, name } of state.instances()) {
    state.patchInstance({ account, region, name }, { metadataOptions: { httpTokens: 'optional', state: 'applied' } });
  }
}

function positionals(command: string, words: readonly string[]): string[] {
  const options = allCommands().find(({ name }) => name === command)?.command.options ?? [];
  const rest = words.slice(command.split(' ').length);
  return rest.filter((word, index) => {
    if (word.startsWith('-')) return false;
    const flag = rest[index - 1];
    const before = flag && options.find(({ long, short }) => flag === long || flag === short);
    return !before || before.isBoolean() || !(before.required || before.optional);
  });
}

function flagValue(words: readonly string[], flag: string): string | undefined {
  const index = words.indexOf(flag);
  return index < 0 ? undefined : words[index + 1];
}

/** What a command reads, and not what it writes. */
function filesIn(words: readonly string[], pattern: RegExp): string[] {
  return words.filter((word, index) => pattern.test(word) && !['-o', '--output'].includes(words[index - 1] ?? ''));
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
