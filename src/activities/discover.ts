import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ActivityCancelledError, ActivityNotFoundError } from '@temporalio/client';
import {
  type InstancePage,
  instancePages,
  type Lightsail,
  type LightsailFor,
  NamedError,
  pinInstances,
  retryThrottledCalls,
} from '../lightsail/index.js';
import { MAX_LOOKBACK } from '../rollout/evidence-bounds.js';
import type { FleetInstance } from '../rollout/instance.js';
import { type Named, type Packed, pack } from '../rollout/pack.js';
import { accountOfCaller, describePlace, type Place } from '../rollout/reach.js';
import { idleInAll, idleParts, isSelected, type Selection } from '../rollout/selector.js';
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
  /** How many pages were read before it. */
  readonly pagesBefore?: number;
}

/**
 * What it returns: as many instances as fit a payload.
 *
 * @internal
 */
export interface Discovered {
  /** Packed: see `unpack`. */
  readonly instances: Packed<Omit<FleetInstance, keyof Named>>;
  /** The words of `exclude` that match none of the instances in this part, as `idleParts` names them. */
  readonly idleExclude?: readonly string[];
  /** Where the next call goes on; missing: the scope has been read whole. */
  readonly nextPageToken?: string;
  /** How many pages of the scope have been read so far, where there are more. */
  readonly pages?: number;
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
      ...(input.pagesBefore !== undefined && { pagesBefore: input.pagesBefore }),
    });
    const caller = await callerOf(api);
    // The account of the caller is the one whose instances it lists.
    const account = input.account ?? accountOfCaller(caller);
    const place = { region: input.region, ...(account !== undefined && { account }) };
    const found = await collect(pages, input, place, heartbeatOf(context));
    return { ...found, ...(caller !== undefined && input.pageToken === undefined && { caller }) };
  };
}

/** A list is read on for so long, in milliseconds, after its cancellation. The SDK's own heartbeats take 24 seconds. */
const ASK_EVERY = 5_000;

/** Now and then a heartbeat that the server answers, since that is how a cancellation comes. Each is an action that Temporal Cloud bills: a list that is read within seconds has none. */
function heartbeatOf(context: Context): () => Promise<void> {
  let askedAt = performance.now();
  return async () => {
    if (performance.now() - askedAt < ASK_EVERY) return;
    askedAt = performance.now();
    // It throws where the run has ended, or the cancellation was asked for. A server that is away is none of its business.
    await context.client.activity.heartbeat(context.info.taskToken).catch((error: unknown) => {
      if (isUnwanted(error)) throw error;
    });
  };
}

/** The server says so of an activity that was cancelled, or whose run has ended. */
function isUnwanted(error: unknown): boolean {
  return error instanceof ActivityCancelledError || error instanceof ActivityNotFoundError;
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
  place: Place,
  onPage: () => Promise<void>,
): Promise<Discovered> {
  const instances: FleetInstance[] = [];
  const idle: string[][] = [];
  const { exclude } = input.selection;
  let nextPageToken = input.pageToken;
  let read = 0;
  try {
    for await (const page of pages) {
      await onPage();
      const all = pinInstances(page, place);
      if (exclude !== undefined) idle.push(idleParts(exclude, all));
      instances.push(
        ...all
          .filter((instance) => isSelected(input.selection, instance))
          .map((instance) => reduce(instance, input.tagKeys)),
      );
      read += 1;
      nextPageToken = page.nextPageToken;
      if (instances.length >= MAX_INSTANCES_PER_PAYLOAD) break;
    }
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    if (isUnwanted(error)) throw error;
    // What has been read is kept, and the next call goes on at the page that failed: one bad page in many costs one page.
    if (read === 0 || isEndlessList(error)) throw toReadFailure(error, `discovery of ${describePlace(input)}`, input);
  }
  const idleExclude = idleInAll(idle);
  return {
    instances: pack(instances),
    ...(idleExclude.length > 0 && { idleExclude }),
    ...(nextPageToken !== undefined && { nextPageToken, pages: (input.pagesBefore ?? 0) + read }),
  };
}

function isEndlessList(error: unknown): boolean {
  return error instanceof NamedError && (error.name === 'RepeatedPageToken' || error.name === 'EndlessPages');
}

/** What the plan needs of a selected instance, and no more: it stays in history. */
function reduce(instance: FleetInstance, tagKeys: readonly string[]): FleetInstance {
  const { createdAt, ...kept } = instance;
  const tags = Object.fromEntries(
    tagKeys.filter((key) => Object.hasOwn(instance.tags, key)).map((key) => [key, instance.tags[key] ?? '']),
  );
  // An older one may have data of all the time that evidence is read back.
  const isYoung = createdAt !== undefined && Date.now() - Date.parse(createdAt) < MAX_LOOKBACK;
  return { ...kept, ...(isYoung && { createdAt }), tags };
}
