import { readFile, writeFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { type OpenedServer, openTemporalServer } from '../src/server/index.js';
import { describeActions, measureActions } from './actions.js';
import { compare, failuresOf, summarize } from './compare.js';
import { show, spread, table } from './figures.js';
import { command, type Flags, toLoad } from './options.js';
import type { Place } from './rollout.js';
import type { Load, Rate } from './rows.js';
import { measureStartUp, type StartUp } from './start-up.js';

const START_UPS = 11;

// The server that it has started ends with the process, where that ends in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await command.action(run).parseAsync();

async function run(flags: Flags): Promise<void> {
  if (flags.actions) {
    const actions = await measureActions(flags.bake, note);
    print(describeActions(actions));
    if (flags.json !== undefined) await write(flags.json, actions);
    return;
  }
  const server = await openTemporalServer({ ownServer: true });
  try {
    const connection = await Connection.connect({ address: server.address });
    const place = { address: server.address, client: new Client({ connection }) };
    await bench(place, server, flags);
    await connection.close();
  } finally {
    await server.stop();
  }
}

async function bench(place: Place, server: OpenedServer, flags: Flags): Promise<void> {
  const { rounds, json } = flags;
  const load = toLoad(flags);
  const comparison = await compare(place, load, rounds, note);
  const { ideal } = comparison;
  const figures = summarize(comparison);
  const startUp = await measureStartUp(START_UPS);
  print(describe(load));
  print(`Ideal: ${ideal.byRate.toFixed(1)} s by rate, ${ideal.byPending.toFixed(1)} s by pending.`);
  print(
    table(
      ['', 'median (least–most)'],
      Object.entries(figures).map(([what, values]) => [what, show(values, values.median < 20 ? 2 : 0)]),
    ),
  );
  print(describeStartUp(startUp));
  const serverMegabytes = await peakOf(server);
  if (serverMegabytes !== undefined) print(`Peak memory of the server: ${serverMegabytes.toFixed(0)} MB.`);
  if (json !== undefined) await write(json, { load, ideal, figures, startUp, serverMegabytes });
  const failures = failuresOf(comparison);
  if (failures === 0) return;
  note(`${failures} instances aren't as wanted: the times say nothing.`);
  process.exitCode = 1;
}

function describe(load: Load): string {
  const { instances, regions, concurrency, pending, workers, limit, pacing, evidence, compliant } = load;
  const rate = ({ ratePerSecond, burst }: Rate) => `${ratePerSecond} calls a second with bursts of ${burst}`;
  return [
    `\n${instances} instances in ${regions} ${regions === 1 ? 'region' : 'regions'}, ${concurrency} at a time`,
    `pending ${pending.min}–${pending.max} ms, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    `the service takes ${limit === undefined ? 'every call' : rate(limit)} in a region, a worker makes at most ${rate(pacing)}`,
    `evidence ${evidence ? 'on' : 'off'}`,
    ...(compliant ? ['compliant already'] : []),
  ].join('; ');
}

function describeStartUp(startUp: StartUp): string {
  const rows = Object.entries(startUp).map(([what, times]) => [what, show(spread(times), 0)]);
  return table(['start, ms', 'median (least–most)'], rows);
}

/** In megabytes; undefined where the system doesn't tell. */
async function peakOf(server: OpenedServer): Promise<number | undefined> {
  if (!('pid' in server)) return undefined;
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
}

async function write(path: string, figures: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(figures, null, 2)}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function note(step: string): void {
  process.stderr.write(`${step}\n`);
}
