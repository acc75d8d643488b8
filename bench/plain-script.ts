/**
 * What a careful engineer writes, and what a rollout is measured beside: lists the instances, sends each its Update, and reads it
 * until it is applied, so many at once. Throttling is left to the SDK's adaptive retry mode, which slows down the calls of a client
 * until they pass. It forgets everything when it ends, and knows no way back.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  GetInstanceCommand,
  GetInstancesCommand,
  LightsailClient,
  UpdateInstanceMetadataOptionsCommand,
} from '@aws-sdk/client-lightsail';
import pMap from 'p-map';

/** It gives none up for being throttled. */
const MAX_ATTEMPTS = 100;

const [regions = '', concurrency = '', poll = ''] = process.argv.slice(2);
const start = performance.now();
const found = await Promise.all(regions.split(',').map(find));
// Round the regions, so that each of them has its share of the work at any time.
const targets = Array.from({ length: Math.max(...found.map(({ length }) => length)) }, (_, index) =>
  found.flatMap((instances) => instances[index] ?? []),
).flat();
await pMap(
  targets,
  async ({ client, name }) => {
    try {
      await harden(client, name);
    } catch (error) {
      process.stderr.write(`${name}: ${error}\n`);
    }
  },
  { concurrency: Number(concurrency) },
);
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - start) / 1_000 })}\n`);

async function find(region: string) {
  const client = new LightsailClient({
    region,
    requestHandler: { httpAgent: { maxSockets: Number(concurrency) } },
    retryMode: 'adaptive',
    maxAttempts: MAX_ATTEMPTS,
  });
  const names: { readonly client: LightsailClient; readonly name: string }[] = [];
  let pageToken: string | undefined;
  do {
    const page = await client.send(new GetInstancesCommand({ pageToken }));
    for (const { name, metadataOptions } of page.instances ?? []) {
      if (name !== undefined && metadataOptions?.httpTokens !== 'required') names.push({ client, name });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return names;
}

async function harden(client: LightsailClient, instanceName: string): Promise<void> {
  await client.send(new UpdateInstanceMetadataOptionsCommand({ instanceName, httpTokens: 'required' }));
  for (let state: string | undefined = 'pending'; state !== 'applied'; ) {
    await delay(Number(poll));
    const { instance } = await client.send(new GetInstanceCommand({ instanceName }));
    state = instance?.metadataOptions?.state;
  }
}
