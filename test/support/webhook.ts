import { createServer, type RequestListener } from 'node:http';
import type { TestContext } from 'vitest';
import type { WebhookBody } from '../../src/activities/notify.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { createWorld, type World, type WorldOptions } from './world.js';

type OnTestFinished = TestContext['onTestFinished'];

export interface Webhook {
  readonly address: string;
  /** What was posted, in the order in which it came. */
  readonly told: WebhookBody[];
  /** The events of all that was posted. */
  events(): string[];
}

const OK: RequestListener = (_, response) => response.writeHead(200).end('ok');

/** A webhook on loopback that answers so, until the test ends. */
export async function startWebhook(onTestFinished: OnTestFinished, answer: RequestListener = OK): Promise<Webhook> {
  const told: WebhookBody[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    told.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    address: `http://127.0.0.1:${address.port}/services/T0PSECRET`,
    told,
    events: () => told.map(({ event }) => event),
  };
}

export interface Told {
  readonly world: World;
  readonly webhook: Webhook;
}

/** A world of three instances whose workers post to a webhook. */
export async function worldWithWebhook(
  onTestFinished: OnTestFinished,
  {
    answer,
    ...options
  }: Omit<WorldOptions, 'settings' | 'onTestFinished'> & { readonly answer?: RequestListener } = {},
): Promise<Told> {
  const webhook = await startWebhook(onTestFinished, answer);
  const settings = { notifyWebhook: webhook.address };
  return { webhook, world: await createWorld({ onTestFinished, fleet: 3, ...options, settings }) };
}

/** Stages of which the second waits for an approval. */
export const approval = (timeout: string): Partial<RolloutSpecInput> => ({
  stages: [
    { name: 'canary', size: 1 },
    { name: 'rest', size: 'rest', approval: { timeout } },
  ],
});
