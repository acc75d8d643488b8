import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { METRIC_BUCKETS, METRICS } from '../../src/rollout/metrics.js';
import { findFreePorts } from '../../src/server/ports.js';
import { until } from '../support/wait.js';
import { type SimulatedFleet, startFleet } from './processes.js';
import { type RunningCommand, runCommand, serverFlags, startCommand } from './support.js';

const PREFIX = 'imds_rollout_';
const NAMES = Object.values(METRICS)
  .map(({ name }) => name)
  .sort();

/** Those that the SDK adds, `le` of histograms, and ours. */
const LABELS = ['activityType', 'ended', 'error', 'le', 'namespace', 'outcome', 'region', 'taskQueue', 'workflowType'];

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of Prometheus' text format. */
function parseSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** The sum of all samples of that name whose labels are so. */
function sumOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

async function startWorker(fleet: SimulatedFleet, metrics: string): Promise<RunningCommand> {
  const flags = [...serverFlags(), '--task-queue', fleet.taskQueue, '--metrics', metrics];
  const worker = startCommand(['worker', ...flags], { env: fleet.env });
  await worker.says(/Worker polls/);
  return worker;
}

async function freeAddress(): Promise<string> {
  const [port] = await findFreePorts(1);
  return `127.0.0.1:${port}`;
}

async function scrape(address: string): Promise<string> {
  const response = await fetch(`http://${address}/metrics`);
  expect(response.status).toBe(200);
  return response.text();
}

it('a worker serves what became of a rollout, by labels that have a bound', async () => {
  const update = 'UpdateInstanceMetadataOptions';
  const fleet = await startFleet({
    count: 6,
    faults: [
      { operation: update, instance: 'web-1', times: 2, effect: { error: 'ThrottlingException' } },
      { operation: update, instance: 'web-2', times: 1, effect: { error: 'ServiceException' } },
      { operation: update, instance: 'web-3', effect: { error: 'AccessDeniedException' } },
      { operation: update, instance: 'web-4', times: 1, effect: { stuckPending: true } },
    ],
  });
  const address = await freeAddress();
  const worker = await startWorker(fleet, address.replace('127.0.0.1', 'localhost'));
  await worker.says(new RegExp(`Metrics for Prometheus: http://${address}/metrics`));
  const spec = await fleet.spec({
    stages: [{ name: 'everything', size: 'rest' }],
    failure: { max: 5, revert: 'failed' },
    apply: { timeout: '1s', pollInterval: '40ms', maxErrors: 5 },
  });
  expect(await runCommand(['start', spec, '--wait', ...fleet.startFlags])).toMatchObject({ code: 4 });

  // What a workflow counts leaves it with its next step.
  const text = await until(async () => {
    const now = await scrape(address);
    expect(sumOf(parseSamples(now), METRICS.runs.name)).toBe(1);
    return now;
  });
  const samples = parseSamples(text);
  const own = samples.filter(({ name }) => name.startsWith(PREFIX));
  const sum = (metric: keyof typeof METRICS, labels?: Readonly<Record<string, string>>, suffix = '') =>
    sumOf(own, `${METRICS[metric].name}${suffix}`, labels);

  const region = 'us-east-1';
  expect(sum('throttles', { region, activityType: 'lightsailImdsApply' })).toBe(2);
  expect(sum('retries', { region, error: 'ServiceException' })).toBe(1);
  expect(sum('retries')).toBe(1);
  expect(sum('timeToApplied', { region, activityType: 'lightsailImdsApply' }, '_count')).toBe(4);
  expect(sum('timeToApplied', { region, activityType: 'lightsailImdsRestore' }, '_count')).toBe(1);
  expect(sum('timeToApplied', {}, '_sum')).toBeGreaterThan(5 * 0.02);
  expect(sum('timeToApplied', {}, '_sum')).toBeLessThan(60);
  expect(sum('runs', { ended: 'completed' })).toBe(1);
  expect(sum('instances', { outcome: 'changed' })).toBe(4);
  expect(sum('instances', { outcome: 'failed' })).toBe(2);
  expect(sum('reverts', { outcome: 'restored' })).toBe(1);
  expect(sum('reverts')).toBe(1);
  expect(sum('stageDuration', {}, '_count')).toBe(1);
  expect(sum('stageDuration', {}, '_sum')).toBeGreaterThan(1);
  for (const [name, buckets] of Object.entries(METRIC_BUCKETS)) {
    const bounds = new Set(own.filter((sample) => sample.name === `${name}_bucket`).map(({ labels }) => labels.le));
    expect([...bounds]).toEqual([...buckets.map(String), '+Inf']);
  }

  // Every series is there before anything has failed, or its first increase would not be seen.
  for (const ended of ['rolled-back', 'halted', 'plan-failed']) {
    expect(own.filter(({ labels }) => labels.ended === ended)).toMatchObject([{ value: 0 }]);
  }
  const exported = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  expect(exported.filter((name) => name.startsWith(PREFIX)).sort()).toEqual(NAMES);
  expect(own.flatMap(({ labels }) => Object.keys(labels)).filter((label) => !LABELS.includes(label))).toEqual([]);
  const values = own.flatMap(({ labels }) => Object.values(labels));
  expect(values.filter((value) => /web-|everything/.test(value) || value.includes(fleet.account))).toEqual([]);
  expect(text).not.toMatch(/web-\d/);
});

it('docs/metrics.md names exactly the metrics that there are, and their buckets', async () => {
  const docs = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = [...docs.matchAll(/^\| `(imds_rollout_\w+)`/gm)].map(([, name = '']) => name);
  expect(rows.sort()).toEqual(NAMES);
  const named = new Set(docs.match(/imds_rollout_\w+?(?=_bucket\b|\b)/g));
  expect([...named].sort()).toEqual(NAMES);
  for (const [name, buckets] of Object.entries(METRIC_BUCKETS)) {
    expect(docs).toContain(`${name}: [${buckets.join(', ')}]`);
  }
});

it.each([
  ['no port', 'localhost'],
  ['a port alone', '9464'],
  ['port 0, which nobody would find', '127.0.0.1:0'],
  ['a port that is too high', '127.0.0.1:70000'],
  ['an address of another machine', '203.0.113.7:9464'],
  ['a host that does not exist', 'nowhere.invalid:9464'],
  ['a URL', 'http://127.0.0.1:9464'],
])('worker --metrics with %s ends with 2, and says what is wrong', async (_, address) => {
  const end = await runCommand(['worker', ...serverFlags(), '--task-queue', 'metrics-nobody', '--metrics', address]);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/^Error: --metrics/);
  expect(end.stderr).not.toMatch(/not expected|os error|socketAddr/);
});

it('worker --metrics on a port that is taken ends with 2, and says so', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const taken = server.address();
  if (taken === null || typeof taken === 'string') throw new Error('no port');
  const address = `127.0.0.1:${taken.port}`;
  const end = await runCommand(['worker', ...serverFlags(), '--task-queue', 'metrics-nobody', '--metrics', address]);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(
    /^Error: --metrics: nothing can be served on 127\.0\.0\.1:\d+ \(Address already in use\)\./,
  );
});
