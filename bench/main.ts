import { readFile, writeFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { type OpenedServer, openTemporalServer } from '../src/server/index.js';
import { compare, summarize } from './compare.js';
import { show, spread, table } from './figures.js';
import type { Load } from './fleet.js';
import { command, type Flags, toLoad } from './options.js';
import type { Place } from './rollout.js';
import { describeScaling, measureScaling } from './scaling.js';
import { measureStartUp, type StartUp } from './start-up.js';

const START_UPS = 11;

// The server that it has started ends with the process, where that ends in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await command.action(run).parseAsync();

async function run(flags: Flags): Promise<void> {
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
  const { rounds, json, scaling: isScaling } = flags;
  const load = toLoad(flags);
  if (isScaling) {
    const scaling = await measureScaling(place, load, rounds, note);
    print(describeScaling(scaling));
    if (json !== undefined) await write(json, scaling);
    return;
  }
  const comparison = await compare(place, load, rounds, note);
  const figures = summarize(comparison);
  const startUp = await measureStartUp(START_UPS);
  print(describe(load));
  print(
    table(
      ['', 'median (least–most)'],
      Object.entries(figures)
        .filter(([, { median }]) => !Number.isNaN(median))
        .map(([what, values]) => [what, show(values, values.median < 20 ? 2 : 0)]),
    ),
  );
  print(describeStartUp(startUp));
  const serverMegabytes = await peakOf(server);
  if (serverMegabytes !== undefined) print(`Peak memory of the server: ${serverMegabytes.toFixed(0)} MB.`);
  if (json !== undefined) await write(json, { load, ideal: comparison.ideal, figures, startUp, serverMegabytes });
}

function describe(load: Load): string {
  const { instances, regions, concurrency, pending, latency, workers, throttle, pace, careful, compliant } = load;
  const range = ({ min, max }: Load['pending']) => (min === max ? `${min} ms` : `${min}–${max} ms`);
  return [
    `\n${instances} instances in ${regions.length} ${regions.length === 1 ? 'region' : 'regions'}, concurrency ${concurrency}`,
    `pending ${range(pending)}, latency ${range(latency)}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    `evidence and health ${careful ? 'as by default' : 'off'}`,
    ...(throttle === undefined ? [] : [`at most ${throttle} calls a second`]),
    ...(pace === undefined ? [] : [`paced at ${pace} calls a second`]),
    ...(compliant ? ['compliant already'] : []),
  ].join(', ');
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
