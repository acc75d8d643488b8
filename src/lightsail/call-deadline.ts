import { NamedError } from './named-error.js';

/** One call, and how long it may take. */
export interface CallDeadline {
  /** The operation and where it goes, for a person. */
  readonly what: string;
  /** Milliseconds, from the request to the last byte of the answer. */
  readonly ms: number;
  readonly abortSignal?: AbortSignal | undefined;
}

/**
 * Ends a call at its deadline, or when its signal aborts. The timeouts of the SDK only bound silence: an answer of which
 * a byte comes every few seconds never ends by them.
 *
 * @param send - is given a signal that closes the connection
 * @throws NamedError `TimeoutError` or `AbortError`, beside what `send` throws
 * @example await withinDeadline({ what: 'GetRegions', ms: 10_000 }, (abortSignal) => client.send(command, { abortSignal }))
 */
export function withinDeadline<T>(
  { what, ms, abortSignal }: CallDeadline,
  send: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const closing = new AbortController();
    const end = (error: NamedError) => {
      // Before the connection is closed, which has an error of its own.
      reject(error);
      closing.abort(error);
    };
    const onTimeout = () => end(new NamedError('TimeoutError', `${what} had no whole answer within ${ms / 1_000} s`));
    const onAbort = () => end(new NamedError('AbortError', `${what} was aborted`));
    if (abortSignal?.aborted) {
      onAbort();
      return;
    }
    const timer = setTimeout(onTimeout, ms);
    abortSignal?.addEventListener('abort', onAbort, { once: true });
    send(closing.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        abortSignal?.removeEventListener('abort', onAbort);
      });
  });
}

/** Milliseconds that finding the credentials of this process may take: a helper may ask its user for a code. */
const KEYS_TIMEOUT_MS = 60_000;

/** A client of the SDK, as far as its credentials go. */
interface Credentialed {
  readonly config: { readonly credentials: () => Promise<unknown> };
}

/**
 * Finds the credentials of a client before its call, whose deadline is too short for a person. The SDK keeps them.
 *
 * @throws why there are none; NamedError `TimeoutError`
 */
export async function findKeys({ config }: Credentialed): Promise<void> {
  await withinDeadline({ what: 'The search for credentials', ms: KEYS_TIMEOUT_MS }, () => config.credentials());
}
