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

/** Bakes that the last one is as long as: for two windows of two each, one after the other, and half of one before each of them. */
const LAST_BAKE = 6;

/** The type of a query, of which a rollout makes none: only those who look at it do. */
const QUERY = 'grpc_QueryWorkflow';

/** Hours that a rollout bakes by default where tokens become required: 7 h, 1 h and 15 min. */
const DEFAULT_BAKES = 8.25;

/** Actions by their type, as the server's metric names it. */
type Actions = Readonly<Record<string, number>>;

export interface ActionFigures {
  readonly instances: number;
  /** From the start to the end, with bakes as short as they were measured, and without queries. */
  readonly all: Actions;
  /** In an hour of the last bake, when all instances are watched. */
  readonly hour: Actions;
  /** Queries of `imds-rollout watch` in an hour of it. */
  readonly queries: number;
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
          { name: 'rest', size: 'rest', bake: `${LAST_BAKE * bake}s` },
        ],
      });
      while (unfinished(simulator.state.instances()).length > 0) await delay(LOOK * 1_000);
      // By then the last batch has ended, and the bake has begun.
      await delay(bake * 500);
      onStep(`${instances} instances are changed`);
      const alone = await window(metricsUrl, bake);
      const watch = await MeasuredProcess.start(
        CLI,
        ['watch', rollout.workflowId, '--address', place.address],
        environment(simulator),
      );
      // Its first looks aren't what it costs to leave it open.
      await delay(bake * 500);
      const { [QUERY]: queries = 0 } = await window(metricsUrl, bake);
      await watch.end();
      const outcome = await rollout.result();
      if (outcome.status !== 'completed') throw new Error(`the rollout has ended: ${JSON.stringify(outcome)}`);
      onStep(`${instances} instances: the rollout has ended`);
      const { [QUERY]: _asked, ...all } = minus(await readActions(metricsUrl), before);
      const perHour = 3_600 / (2 * bake);
      const hour = Object.fromEntries(Object.entries(alone).map(([type, count]) => [type, count * perHour]));
      const missing = DEFAULT_BAKES - ((2 + LAST_BAKE) * bake) / 3_600;
      return { instances, all, hour, queries: queries * perHour, byDefault: sum(all) + missing * sum(hour) };
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
  const row = (what: string, pick: (figures: ActionFigures) => number, digits = 0) => [
    what,
    ...measured.map((figures) => pick(figures).toFixed(digits)),
  ];
  const byType = (pick: (figures: ActionFigures) => Actions) => {
    const types = new Set(measured.flatMap((figures) => Object.keys(pick(figures))));
    return [...types].toSorted().map((type) => row(`- ${type}`, (figures) => pick(figures)[type] ?? 0));
  };
  return table(
    ['actions', ...measured.map(({ instances }) => `${instances} instances`)],
    [
      row('in all, with bakes as measured', ({ all }) => sum(all)),
      ...byType(({ all }) => all),
      row('per instance', ({ all, instances }) => sum(all) / instances, 2),
      row('in an hour of waiting', ({ hour }) => sum(hour)),
      ...byType(({ hour }) => hour),
      row('queries in an hour of `watch`', ({ queries }) => queries),
      row(`in all, with default bakes of ${DEFAULT_BAKES} h`, ({ byDefault }) => byDefault),
      row('per instance', ({ byDefault, instances }) => byDefault / instances, 2),
    ],
  );
}

/** @example minus({ timer: 3, query: 1 }, { timer: 1, query: 1 }) // { timer: 2 } */
function minus(from: Actions, what: Actions): Actions {
  const types = new Set([...Object.keys(from), ...Object.keys(what)]);
  const rest = [...types].map((type) => [type, (from[type] ?? 0) - (what[type] ?? 0)] as const);
  return Object.fromEntries(rest.filter(([, count]) => count !== 0));
}

function sum(actions: Actions): number {
  return Object.values(actions).reduce((total, count) => total + count, 0);
}
