import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import {
  type InstancePage,
  instancePages,
  type Lightsail,
  type LightsailFor,
  NamedError,
  retryThrottledCalls,
  selectInstances,
} from '../lightsail/index.js';
import type { FleetInstance } from '../rollout/instance.js';
import { type Named, type Packed, pack } from '../rollout/pack.js';
import { describePlace } from '../rollout/reach.js';
import type { Selection } from '../rollout/selector.js';
import { callScope } from './call-scope.js';
import { toReadFailure } from './failures.js';

/** At most so many instances in one payload: 60 to 300 bytes each, as much as they differ, and Temporal warns at 256 KB. */
const MAX_INSTANCES_PER_PAYLOAD = 1_000;

/**
 * What `lightsailImdsDiscover` is given.
 *
 * @internal
 */
export interface DiscoverInput {
  /** Left out: the worker's own. */
  readonly account?: string;
  readonly region: string;
  readonly selection: Selection;
  /** Tags to keep of every instance; the others stay out of the history. */
  readonly tagKeys: readonly string[];
  /** Reads the status checks too. */
  readonly includeHealthStatus?: boolean;
  /** Where to go on; left out, at the start. */
  readonly pageToken?: string;
}

/**
 * What it returns: as many instances as fit a payload.
 *
 * @internal
 */
export interface Discovered {
  /** Packed: see `unpack`. */
  readonly instances: Packed<Omit<FleetInstance, keyof Named>>;
  /** Where the next call goes on; missing: the scope has been read whole. */
  readonly nextPageToken?: string;
  /** The ARN of whoever has read it, where the worker knows; in the first part only. */
  readonly caller?: string;
}

/** Reads the selected instances of one region, page by page, up to one payload full. Throttling only makes it slower. */
export function createDiscover(lightsail: LightsailFor) {
  return async function lightsailImdsDiscover(input: DiscoverInput): Promise<Discovered> {
    const context = Context.current();
    const { cancellationSignal } = context;
    const api = retryThrottledCalls(lightsail(callScope(input, context)), {
      signal: cancellationSignal,
      onThrottled: () => context.heartbeat(),
    });
    const pages = instancePages(api, {
      abortSignal: cancellationSignal,
      onWait: () => context.heartbeat(),
      ...(input.includeHealthStatus && { includeHealthStatus: true }),
      ...(input.pageToken !== undefined && { pageToken: input.pageToken }),
    });
    const found = await collect(pages, input, () => context.heartbeat());
    const caller = input.pageToken === undefined ? await callerOf(api) : undefined;
    return { ...found, ...(caller !== undefined && { caller }) };
  };
}

/** For as long, in milliseconds, a discovery waits to hear who it is: that only stands in a report. */
const CALLER_TIMEOUT = 2_000;

/** Undefined where nobody says in time: a place without a way to STS is discovered all the same. */
async function callerOf(api: Lightsail): Promise<string | undefined> {
  const late = new AbortController();
  const caller = api.caller?.().catch(() => undefined);
  const timeout = delay(CALLER_TIMEOUT, undefined, { signal: late.signal }).catch(() => undefined);
  return Promise.race([caller, timeout]).finally(() => late.abort());
}

async function collect(
  pages: AsyncIterable<InstancePage>,
  input: DiscoverInput,
  onPage: () => void,
): Promise<Discovered> {
  const instances: FleetInstance[] = [];
  let nextPageToken = input.pageToken;
  let read = 0;
  try {
    for await (const page of pages) {
      onPage();
      instances.push(
        ...selectInstances(page, input.region, input.selection).map((instance) => reduce(instance, input.tagKeys)),
      );
      read += 1;
      nextPageToken = page.nextPageToken;
      if (instances.length >= MAX_INSTANCES_PER_PAYLOAD) break;
    }
  } catch (error) {
    // What has been read is kept, and the next call goes on at the page that failed: one bad page in many costs one page.
    if (read === 0 || isRepeatedToken(error)) throw toReadFailure(error, `discovery of ${describePlace(input)}`, input);
  }
  return { instances: pack(instances), ...(nextPageToken !== undefined && { nextPageToken }) };
}

function isRepeatedToken(error: unknown): boolean {
  return error instanceof NamedError && error.name === 'RepeatedPageToken';
}

/** What the plan needs of a selected instance, and no more: it stays in history. */
function reduce(instance: FleetInstance, tagKeys: readonly string[]): FleetInstance {
  const { createdAt: _, ...kept } = instance;
  const tags = Object.fromEntries(
    tagKeys.filter((key) => Object.hasOwn(instance.tags, key)).map((key) => [key, instance.tags[key] ?? '']),
  );
  return { ...kept, tags };
}
