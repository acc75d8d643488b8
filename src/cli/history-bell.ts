import { setTimeout as delay } from 'node:timers/promises';
import type { FoundRollout } from './find-rollout.js';
import type { Session } from './temporal.js';

/** Between two questions where the last one came to nothing; milliseconds. */
const TRY_AGAIN = 1_000;

/** A server keeps a question open for some 20 s, and answers then that there is nothing new; milliseconds. */
const ANSWER_TIMEOUT = 60_000;

/** Tells when a run's history has grown. */
export interface HistoryBell {
  /** Until there is something new since it resolved last, or so many milliseconds have passed. */
  next(patience: number): Promise<void>;
}

/**
 * Listens to a run's history by its long poll, which no worker has to answer: a query is worth asking when it rings.
 *
 * @param signal - ends the listening
 */
export function listenToHistory(
  session: Session,
  { workflowId, runId }: Pick<FoundRollout, 'workflowId' | 'runId'>,
  signal: AbortSignal,
): HistoryBell {
  const { client, namespace } = session;
  let hasRung = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    hasRung = true;
    wake?.();
  };

  signal.addEventListener('abort', ring, { once: true });

  async function listen(): Promise<void> {
    let nextPageToken: Uint8Array | undefined;
    while (!signal.aborted) {
      // The client leaves a listener with each signal that it is given: this one lives for one question.
      const asking = new AbortController();
      const end = () => asking.abort();
      signal.addEventListener('abort', end, { once: true });
      try {
        const page = await client.connection.withAbortSignal(asking.signal, () =>
          session.within(ANSWER_TIMEOUT, () =>
            client.workflowService.getWorkflowExecutionHistory({
              namespace,
              execution: { workflowId, runId },
              waitNewEvent: true,
              ...(nextPageToken !== undefined && { nextPageToken }),
            }),
          ),
        );
        if ((page.history?.events?.length ?? 0) > 0) ring();
        // A history that has ended has no further page.
        if (!page.nextPageToken?.length) return;
        nextPageToken = page.nextPageToken;
      } catch {
        // Whoever asks next learns why.
        ring();
        await delay(TRY_AGAIN, undefined, { signal: asking.signal }).catch(() => undefined);
      } finally {
        signal.removeEventListener('abort', end);
      }
    }
  }

  void listen();
  return {
    next: async (patience) => {
      if (!hasRung) {
        const waiting = new AbortController();
        wake = () => waiting.abort();
        await delay(patience, undefined, { signal: waiting.signal }).catch(() => undefined);
        wake = undefined;
      }
      hasRung = false;
    },
  };
}
