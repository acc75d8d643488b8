import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { expect, it } from 'vitest';
import { createSdkLightsail, instancePages, type Lightsail } from '../src/lightsail/index.js';
import { roll } from '../test/support/rollouts.js';
import { SECRET_KEY } from '../test/support/secret-pattern.js';
import { ACCESS_KEY, createWorld, type World } from '../test/support/world.js';

const INSTANCES = 500;
const CONCURRENCY = 50;
const PENDING = { min: 5_000, max: 15_000 };
const LATENCY = { min: 5, max: 20 };
const POLL_INTERVAL = 5_000;

/** What the plugin may need of the API, for each changed instance: without evidence, and with it. */
const MOST_CALLS = { off: 3, on: 4.1 } as const;

const FIVE_REGIONS = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1'];

it.each([
  { where: 'one scope', regions: ['us-east-1'], evidence: 'off' },
  { where: 'five scopes', regions: FIVE_REGIONS, evidence: 'off' },
  { where: 'one scope', regions: ['us-east-1'], evidence: 'on' },
] as const)(
  'API calls for each of 500 instances in $where, evidence $evidence',
  { timeout: 900_000 },
  async (fleet) => {
    const { where, regions, evidence } = fleet;
    const world = await createWorld({
      regions,
      fleet: INSTANCES / regions.length,
      scenario: { pending: PENDING, latency: LATENCY },
    });
    const plugin = await measure(world, async () => {
      const outcome = await roll(world, {
        stages: [{ name: 'all', size: 'rest' }],
        concurrency: CONCURRENCY,
        apply: { timeout: '10m', pollInterval: `${POLL_INTERVAL}ms` },
        evidence: evidence === 'off' ? 'off' : {},
      });
      expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: INSTANCES } } });
    });
    for (const { name, region } of world.simulator.state.instances()) {
      world.patch(name, { metadataOptions: { httpTokens: 'optional' } }, region);
    }
    const script = await measure(world, () => runPlainScript(world, regions));
    print(
      `${INSTANCES} instances in ${where}, concurrency ${CONCURRENCY}, pending 5–15 s, evidence ${evidence}, health as default`,
      {
        'the plugin': plugin,
        'a plain script': script,
      },
    );
    expect(perInstance(plugin)).toBeLessThanOrEqual(MOST_CALLS[evidence]);
  },
);

interface Measurement {
  readonly calls: ReadonlyMap<string, number>;
  readonly seconds: number;
}

async function measure(world: World, work: () => Promise<void>): Promise<Measurement> {
  world.simulator.state.clearCalls();
  const start = Date.now();
  await work();
  const seconds = (Date.now() - start) / 1_000;
  const calls = new Map<string, number>();
  for (const { operation, input } of world.simulator.state.calls()) {
    const isHealth = JSON.stringify(input).includes('includeHealthStatus');
    const name = isHealth ? `${operation}, with health` : (operation ?? 'unknown');
    calls.set(name, (calls.get(name) ?? 0) + 1);
  }
  return { calls, seconds };
}

/** What somebody writes in an afternoon: read, write, and read every five seconds until it is applied. */
async function runPlainScript(world: World, regions: readonly string[]): Promise<void> {
  const { lightsail, close } = createSdkLightsail({
    endpoint: world.simulator.url,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
  });
  const found = await pMap(regions, async (region) => {
    const api = lightsail({ region });
    return (await listNames(api)).map((name) => ({ name, api }));
  });
  // Round the regions, as the plugin does.
  const targets = Array.from(
    { length: INSTANCES },
    (_, index) => found[index % regions.length]?.[Math.floor(index / regions.length)],
  );
  await pMap(
    targets,
    async (target) => {
      if (target === undefined) return;
      const { name: instanceName, api } = target;
      const { instance } = await api.getInstance({ instanceName });
      if (instance?.metadataOptions?.httpTokens === 'required') return;
      await api.updateInstanceMetadataOptions({ instanceName, httpTokens: 'required' });
      for (let state: string | undefined = 'pending'; state !== 'applied'; ) {
        await delay(POLL_INTERVAL);
        state = (await api.getInstance({ instanceName })).instance?.metadataOptions?.state;
      }
    },
    { concurrency: CONCURRENCY },
  );
  for (const region of regions) await listNames(lightsail({ region }));
  close();
}

async function listNames(api: Lightsail): Promise<string[]> {
  const names: string[] = [];
  for await (const { instances } of instancePages(api)) names.push(...instances.flatMap(({ name }) => name ?? []));
  return names;
}

function perInstance({ calls }: Measurement): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0) / INSTANCES;
}

function print(title: string, measured: Record<string, Measurement>): void {
  const lines = Object.entries(measured).map(([who, measurement]) => {
    const each = [...measurement.calls].sort().map(([name, count]) => `${name} ${(count / INSTANCES).toFixed(2)}`);
    return `${who.padEnd(15)} ${perInstance(measurement).toFixed(2)} calls an instance (${each.join(', ')}), ${measurement.seconds.toFixed(0)} s`;
  });
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}
