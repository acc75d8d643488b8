import type { GetInstancesCommandOutput, Instance } from '@aws-sdk/client-lightsail';
import type { CallOptions, Lightsail } from './api.js';
import { NamedError } from './named-error.js';
import { textOf } from './untrusted.js';

/**
 * A region is read in at most so many pages: 40,000 instances at the service's 20 a page, twice what one rollout takes
 * (docs/limits.md). A list that goes on after it has no end.
 */
export const MAX_PAGES = 2_000;

/** One page of a fleet. Without `nextPageToken` it is the last one. */
export interface InstancePage {
  readonly instances: readonly Instance[];
  readonly nextPageToken?: string;
}

export interface InstancePagesOptions extends CallOptions {
  /** Where to go on; left out, at the start. */
  readonly pageToken?: string;
  /** How many pages were read before that token. Default: none. */
  readonly pagesBefore?: number;
  /** Asks for the status checks too; an SDK before 3.1160 drops the member. */
  readonly includeHealthStatus?: boolean;
}

/**
 * All pages of GetInstances of one scope, one request each. The SDK has no paginator for it, and the first page alone
 * hides every instance from about the 21st on.
 *
 * A smaller fleet is never the result: what can't be a whole answer is an error.
 *
 * @throws NamedError `RepeatedPageToken` where the service leads round in a circle (permanent), `EmptyReply` for a reply
 * with neither instances nor a token, which is what an empty body becomes (transient), `EndlessPages` after
 * {@link MAX_PAGES} (permanent); what the signal was aborted with.
 * @example
 * for await (const page of instancePages(lightsail)) for (const instance of page.instances) add(instance);
 */
export async function* instancePages(
  lightsail: Pick<Lightsail, 'getInstances'>,
  { pageToken, pagesBefore = 0, includeHealthStatus, ...call }: InstancePagesOptions = {},
): AsyncGenerator<InstancePage, void, undefined> {
  const seen = new Set<string>();
  let token = pageToken;
  let pages = pagesBefore;
  do {
    call.abortSignal?.throwIfAborted();
    if (pages >= MAX_PAGES) throw endless();
    pages += 1;
    if (token !== undefined) seen.add(token);
    const request = {
      ...(token !== undefined && { pageToken: token }),
      ...(includeHealthStatus && { includeHealthStatus }),
    };
    const page = readPage(await lightsail.getInstances(request, call), seen);
    yield page;
    token = page.nextPageToken;
  } while (token !== undefined);
}

function readPage(reply: GetInstancesCommandOutput, seen: ReadonlySet<string>): InstancePage {
  const { instances } = reply;
  // Missing members can be null on the wire, and an empty token ends as a missing one does.
  const nextPageToken = textOf(reply.nextPageToken);
  const isMissing = instances === undefined || instances === null;
  if (isMissing ? nextPageToken === undefined : !Array.isArray(instances)) {
    throw new NamedError(
      'EmptyReply',
      'GetInstances answered with neither instances nor a page token, so the fleet is not known. Try again.',
      reply.$metadata.requestId,
    );
  }
  if (nextPageToken !== undefined && seen.has(nextPageToken)) {
    throw new NamedError(
      'RepeatedPageToken',
      `GetInstances gave a page token for the second time, after ${seen.size} pages. The fleet can't be read whole.`,
      reply.$metadata.requestId,
    );
  }
  return { instances: instances ?? [], ...(nextPageToken !== undefined && { nextPageToken }) };
}

function endless(): NamedError {
  return new NamedError(
    'EndlessPages',
    `GetInstances has given ${MAX_PAGES} pages and another page token: no region holds so many instances. ` +
      'See what stands between here and AWS (a proxy, AWS_ENDPOINT_URL_LIGHTSAIL).',
  );
}
