import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { RolloutClient } from '../src/client/index.js';
import { openTemporalServer } from '../src/server/index.js';
import { CLI } from './command-line.js';
import { table } from './figures.js';
import { environment, unfinished } from './fleet.js';
import { MeasuredProcess } from './measured-process.js';
import { basicSpec, withWorkers } from './rollout.js';
import { AS_FAST_AS_IT_CAN, type Load, ROWS } from './rows.js';

const SIZES = [40, 200, 1_000];

/** Seconds between two looks at the fleet. */
const LOOK = 1;

/** Hours that a rollout bakes by default where tokens become required: 7 h, 1 h and 15 min. */
const DEFAULT_BAKES = 8.25;

/** Actions by their type, as the server's metric names it. */
export type Actions = Readonly<Record<string, number>>;

export interface ActionFigures {
  readonly instances: number;
  /** From the start to the end, with bakes as short as they were measured; without what a person's watch adds. */
  readonly all: Actions;
  /** In an hour of the last bake, when all instances are watched. */
  readonly hour: Actions;
  /** What `imds-rollout watch` adds in an hour of it. */
  readonly watched: Actions;
  /** All, with the bakes that rollouts have by default. */
  readonly byDefault: number;
}

/** All sizes at once, as they wait most of their time: each at a server of its own, whose metric counts for it alone. */
export async function measureActions(bake: number, onStep: (step: string) => void): Promise<ActionFigures[]> {
  return await Promise.all(SIZES.map((instances) => measure(instances, bake, onStep)));
}

async function measure(instances: number, bake: number, onStep: (step: string) => void): Promise<ActionFigures> {
  const server = await openTemporalServer({ ownServer: true, metrics: true });
  const connection = await Connection.connect({ address: server.address });
  try {
    const { metricsUrl } = server as { readonly metricsUrl: string };
    const place = { address: server.address, client: new Client({ connection }) };
    const load: Load = { ...ROWS.users, instances, regions: 5, pacing: AS_FAST_AS_IT_CAN, evidence: true };
    const { limit: _, ...unlimited } = load;
    return await withWorkers(place, unlimited, async ({ simulator }) => {
      const before = await readActions(metricsUrl);
      const rollout = await new RolloutClient(place.client).start({
        ...basicSpec(load),
        concurrency: load.concurrency,
        stages: [
          { name: 'canary', size: 1, bake: `${bake}s` },
          { name: 'early', size: '10%', bake: `${bake}s` },
          { name: 'rest', size: 'rest', bake: `${5 * bake}s` },
        ],
      });
      while (unfinished(simulator.state.instances()).length > 0) await delay(LOOK * 1_000);
      // The end of the last batch isn't the bake's: half a bake lies between, and between the end of the windows and that of the bake.
      await delay(bake * 500);
      onStep(`${instances} instances are changed`);
      const alone = await window(metricsUrl, bake);
      const watch = await MeasuredProcess.start(
        CLI,
        ['watch', rollout.workflowId, '--address', place.address],
        environment(simulator),
      );
      const watched = await window(metricsUrl, bake);
      await watch.end();
      const queries = minus(watched, alone);
      const outcome = await rollout.result();
      if (outcome.status !== 'completed') throw new Error(`the rollout has ended: ${JSON.stringify(outcome)}`);
      onStep(`${instances} instances: the rollout has ended`);
      const all = minus(minus(await readActions(metricsUrl), before), queries);
      const perHour = 3_600 / (2 * bake);
      const hour = times(alone, perHour);
      const missing = DEFAULT_BAKES - (7 * bake) / 3_600;
      return { instances, all, hour, watched: times(queries, perHour), byDefault: sum(all) + missing * sum(hour) };
    });
  } finally {
    await connection.close();
    await server.stop();
  }
}

/** The actions of two bakes' time. */
async function window(metricsUrl: string, bake: number): Promise<Actions> {
  const before = await readActions(metricsUrl);
  await delay(2 * bake * 1_000);
  return minus(await readActions(metricsUrl), before);
}

/** The server counts by its metric `action` what Temporal Cloud bills. Those of the system's own namespace are nobody's. */
async function readActions(metricsUrl: string): Promise<Actions> {
  const text = await (await fetch(metricsUrl)).text();
  const counts = new Map<string, number>();
  for (const [, labels = '', value] of text.matchAll(/^action\{(.*)\} (\S+)$/gm)) {
    if (!labels.includes('namespace="default"')) continue;
    const [, type = labels] = /action_type="([^"]*)"/.exec(labels) ?? [];
    counts.set(type, (counts.get(type) ?? 0) + Number(value));
  }
  return Object.fromEntries(counts);
}

export function describeActions(measured: readonly ActionFigures[]): string {
  const types = [...new Set(measured.flatMap(({ all, watched }) => [...Object.keys(all), ...Object.keys(watched)]))];
  const row = (what: string, pick: (figures: ActionFigures) => number, digits = 0) => [
    what,
    ...measured.map((figures) => pick(figures).toFixed(digits)),
  ];
  return table(
    ['actions', ...measured.map(({ instances }) => `${instances} instances`)],
    [
      row('in all, bakes as measured', ({ all }) => sum(all)),
      row('of it per instance', ({ all, instances }) => sum(all) / instances, 2),
      ...types.toSorted().map((type) => row(`- ${type}`, ({ all }) => all[type] ?? 0)),
      row('in an hour of waiting', ({ hour }) => sum(hour)),
      ...types
        .filter((type) => measured.some(({ hour }) => hour[type]))
        .map((type) => row(`- ${type}`, ({ hour }) => hour[type] ?? 0)),
      row('in an hour of `watch`, beside it', ({ watched }) => sum(watched)),
      row(`in all, with default bakes (${DEFAULT_BAKES} h)`, ({ byDefault }) => byDefault),
      row('of it per instance', ({ byDefault, instances }) => byDefault / instances, 2),
    ],
  );
}

/** @example minus({ timer: 3, query: 1 }, { timer: 1, query: 1 }) // { timer: 2 } */
function minus(from: Actions, what: Actions): Actions {
  const types = new Set([...Object.keys(from), ...Object.keys(what)]);
  const rest = [...types].map((type) => [type, (from[type] ?? 0) - (what[type] ?? 0)] as const);
  return Object.fromEntries(rest.filter(([, count]) => count !== 0));
}

function times(actions: Actions, factor: number): Actions {
  return Object.fromEntries(Object.entries(actions).map(([type, count]) => [type, count * factor]));
}

function sum(actions: Actions): number {
  return Object.values(actions).reduce((total, count) => total + count, 0);
}
