import {
  GetInstanceCommand,
  type Instance,
  LightsailClient,
  UpdateInstanceMetadataOptionsCommand,
  type UpdateInstanceMetadataOptionsCommandInput,
} from '@aws-sdk/client-lightsail';
import { onTestFinished } from 'vitest';
import { type ScenarioInput, type Simulator, startSimulator } from '../../src/simulator/index.js';

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';

/** A simulator that a test uses, with a clock that stands still until the test moves it. */
export interface TestBed extends Simulator {
  /** A real client for a region of the first account, or of the account with another access key. */
  client(region?: string, accessKeyId?: string): LightsailClient;
  /** Moves the clock on by so many ms. */
  advance(ms: number): void;
  read(name: string): Promise<Instance | undefined>;
  update(input: Partial<UpdateInstanceMetadataOptionsCommandInput>): Promise<{ operation?: object | undefined }>;
}

/** Starts a simulator with ten instances web-1 to web-10, unless the scenario has others; it ends with the test. */
export async function openTestBed(scenario: ScenarioInput = {}): Promise<TestBed> {
  let now = Date.UTC(2026, 5, 1);
  const simulator = await startSimulator({ scenario: { fleet: [fleet()], ...scenario }, now: () => now });
  const clients: LightsailClient[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    await simulator.close();
  });
  const client = (region = REGION, accessKeyId = simulator.env.AWS_ACCESS_KEY_ID) => {
    const credentials = { accessKeyId, secretAccessKey: simulator.env.AWS_SECRET_ACCESS_KEY };
    const opened = new LightsailClient({ endpoint: simulator.url, region, credentials, maxAttempts: 1 });
    clients.push(opened);
    return opened;
  };
  const shared = client();
  return {
    ...simulator,
    client,
    advance: (ms) => {
      now += ms;
    },
    read: async (name) => (await shared.send(new GetInstanceCommand({ instanceName: name }))).instance,
    update: (input) => shared.send(new UpdateInstanceMetadataOptionsCommand({ instanceName: 'web-1', ...input })),
  };
}

/** A fleet entry: ten instances in the first account and region, unless said otherwise. */
export function fleet(entry: Partial<NonNullable<ScenarioInput['fleet']>[number]> = {}) {
  return { region: REGION, prefix: 'web-', count: 10, ...entry };
}

/** Where an instance of the first account and region is found. */
export function ref(name: string) {
  return { account: ACCOUNT, region: REGION, name };
}

/** What a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise was not rejected.');
}

/** Calls the control interface over HTTP. */
export async function callControl(bed: TestBed, method: string, path: string, body?: unknown) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const reply = await fetch(`${bed.url}/_sim/${path}`, init);
  const json: unknown = await reply.json();
  return { status: reply.status, json };
}
