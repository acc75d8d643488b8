import type { Instance } from '@aws-sdk/client-lightsail';
import type { Lightsail } from '../../src/lightsail/index.js';
import type { VirtualClock } from './virtual-clock.js';

const REGION = 'us-east-1';

const PAGE_SIZE = 20;

export interface TinyFleetOptions {
  /** How long an answer takes, in milliseconds. */
  readonly latency?: number;
  readonly pageSize?: number;
  /** How long a change takes, in milliseconds. */
  readonly pending?: () => number;
}

/** The instances of one scope in virtual time. */
export class TinyFleet {
  readonly calls: {
    readonly operation: 'get' | 'list' | 'update';
    readonly name?: string;
    readonly start?: number;
    readonly at: number;
  }[] = [];
  /** Calls that have failed. */
  refusals = 0;
  /** By name: when its change is applied; 0: nothing is under way. */
  readonly appliedAt: Map<string, number>;
  /** Says of a call that it fails. */
  fails: (operation: 'get' | 'list' | 'update', name: string | undefined) => Error | undefined = () => undefined;
  /** Those that lists leave out. */
  readonly unlisted = new Set<string>();
  /** Those that lists show without options. */
  readonly unreadable = new Set<string>();
  /** Another ARN under the name. */
  readonly arns = new Map<string, string>();

  constructor(
    private readonly clock: VirtualClock,
    names: readonly string[],
    private readonly options: TinyFleetOptions = {},
  ) {
    this.appliedAt = new Map(names.map((name) => [name, 0]));
  }

  count(operation: 'get' | 'list' | 'update'): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  readonly lightsail: Lightsail = {
    getInstance: async ({ instanceName: name = '' }) => {
      await this.#take('get', name);
      const instance = this.#view(name);
      await this.#way();
      return { instance, $metadata: {} };
    },
    getInstances: async ({ pageToken }) => {
      const { pageSize = PAGE_SIZE } = this.options;
      const start = Number(pageToken?.split(':')[1] ?? 0);
      await this.#take('list', undefined, start);
      const names = [...this.appliedAt.keys()];
      const instances = names
        .slice(start, start + pageSize)
        .filter((name) => !this.unlisted.has(name))
        .map((name) => this.#view(name))
        .map((view) => (this.unreadable.has(view.name ?? '') ? { ...view, metadataOptions: undefined } : view));
      const next = start + pageSize;
      await this.#way();
      return {
        instances,
        ...(next < names.length && { nextPageToken: `${this.calls.length}:${next}` }),
        $metadata: {},
      };
    },
    updateInstanceMetadataOptions: async ({ instanceName: name = '' }) => {
      await this.#take('update', name);
      this.appliedAt.set(name, this.clock.now() + (this.options.pending?.() ?? 10_000));
      await this.#way();
      return { operation: { status: 'Succeeded' }, $metadata: {} };
    },
    getInstanceMetricData: () => Promise.reject(new Error('not asked for')),
    getOperations: () => Promise.reject(new Error('not asked for')),
    getRegions: () => Promise.reject(new Error('not asked for')),
    // Calls may have to wait for their turn, though none does here.
    reserveWrite: async () => {},
  };

  async #take(operation: 'get' | 'list' | 'update', name?: string, start?: number): Promise<void> {
    this.calls.push({
      operation,
      at: this.clock.now(),
      ...(name !== undefined && { name }),
      ...(start !== undefined && { start }),
    });
    await this.#way();
    const error = this.fails(operation, name);
    if (error === undefined) return;
    this.refusals += 1;
    throw error;
  }

  /** There, or back. */
  #way(): Promise<void> {
    return this.clock.sleep((this.options.latency ?? 40) / 2);
  }

  #view(name: string): Instance {
    const appliedAt = this.appliedAt.get(name);
    if (appliedAt === undefined) throw Object.assign(new Error(`${name} is not there`), { name: 'NotFoundException' });
    return {
      name,
      arn: this.arns.get(name) ?? `arn:aws:lightsail:${REGION}:111122223333:Instance/${name}`,
      state: { name: 'running' },
      metadataOptions: {
        state: appliedAt > this.clock.now() ? 'pending' : 'applied',
        httpTokens: appliedAt > 0 ? 'required' : 'optional',
      },
    };
  }
}

export function namesOf(count: number, prefix = 'web-'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
