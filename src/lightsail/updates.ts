import type { CallOptions, Lightsail } from './api.js';
import { NamedError } from './named-error.js';
import { memberOf, textOf } from './untrusted.js';

/** The most pages that are read; the service gives up to 200 operations in one (API reference, GetOperations). */
const MAX_PAGES = 10;

/** As the API model names it. */
const UPDATE = 'UpdateInstanceMetadataOptions';

/** Updates of metadata options in one account and region, whoever has sent them. */
export interface UpdatesRead {
  /** The names of the instances, each once. */
  readonly names: readonly string[];
  /** There may be more: the list of operations was longer than what is read of it. */
  readonly isCut: boolean;
}

export interface ReadUpdatesOptions extends CallOptions {
  /** From when on an Update counts; milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Which instances had an Update of their metadata options since a time, by a few calls of GetOperations. Documented is that
 * they come from the oldest to the newest; where they come the other way, the reading ends at the first that is too old.
 *
 * @throws what the call throws, and NamedError `EmptyReply` for a reply without operations (transient)
 * @example await readUpdates(lightsail, { since }) // { names: ['web-3'], isCut: false }
 */
export async function readUpdates(
  lightsail: Pick<Lightsail, 'getOperations'>,
  { since, ...call }: ReadUpdatesOptions,
): Promise<UpdatesRead> {
  const names = new Set<string>();
  const seen = new Set<string>();
  let pageToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await lightsail.getOperations(pageToken === undefined ? {} : { pageToken }, call);
    const operations: unknown = memberOf(reply, 'operations') ?? [];
    if (!Array.isArray(operations)) {
      throw new NamedError(
        'EmptyReply',
        'GetOperations answered without a list. Try again.',
        reply.$metadata.requestId,
      );
    }
    const times = operations.map((operation) => timeOf(operation));
    operations.forEach((operation, index) => {
      const name = textOf(memberOf(operation, 'resourceName'));
      const at = times[index];
      const isUpdate = memberOf(operation, 'operationType') === UPDATE && at !== undefined && at >= since;
      if (isUpdate && name !== undefined) names.add(name);
    });
    pageToken = textOf(reply.nextPageToken);
    const [first, last] = [times[0], times.at(-1)];
    const isPast = first !== undefined && last !== undefined && last < first && last < since;
    if (pageToken === undefined || isPast) return { names: [...names], isCut: false };
    if (seen.has(pageToken)) break;
    seen.add(pageToken);
  }
  return { names: [...names], isCut: true };
}

function timeOf(operation: unknown): number | undefined {
  const at = memberOf(operation, 'createdAt');
  return at instanceof Date && !Number.isNaN(at.getTime()) ? at.getTime() : undefined;
}
