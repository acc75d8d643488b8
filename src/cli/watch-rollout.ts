import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutOutcome } from '../client/index.js';
import { explainSilence } from './failing-task.js';
import type { FoundRollout } from './find-rollout.js';
import { listenToHistory } from './history-bell.js';
import type { Session } from './temporal.js';
import { isUnanswered } from './temporal-errors.js';
import type { ProgressView } from './views.js';
import { findPollers } from './workers.js';

/** How often a worker that keeps silent is asked again; milliseconds. */
const LOOK_AGAIN = { terminal: 400, elsewhere: 1_000 } as const;

/**
 * Queries are answered by a worker and billed: one follows what is new in the history, at most one a second, and one a minute
 * finds out whether anybody answers still; milliseconds.
 */
const QUERY = { shortest: 1_000, longest: 60_000 } as const;

/** A worker answers in milliseconds; one under load may take a while. */
const ANSWER_TIMEOUT = 3_000;

/** How long none may poll, as it may be about to start; and how long one that polls may keep silent, before a word. */
const ABSENCE_ALLOWED = 2_000;
const SILENCE_ALLOWED = 6_000;

/**
 * Where nobody sits who could start a worker, waiting for one has an end: soon for the first one, and later for one that was
 * there before, since it may be being replaced; milliseconds.
 */
const PATIENCE = { first: 20_000, again: 300_000 } as const;

export type WatchEnd =
  | { readonly kind: 'ended'; readonly outcome: RolloutOutcome }
  /** The watcher was asked to go; the rollout goes on. */
  | { readonly kind: 'left' }
  /** Why no worker has answered for too long. */
  | { readonly kind: 'no-worker'; readonly why: string };

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** A person looks on: then a missing worker is waited for without end. */
  readonly isTerminal: boolean;
}

/** Shows a rollout until it has ended, the watcher goes, or no worker comes. */
export async function watchRollout(
  session: Session,
  rollout: FoundRollout,
  view: ProgressView,
  options: WatchOptions,
): Promise<WatchEnd> {
  const looking = new AbortController();
  const left = new Promise<WatchEnd>((resolve) => {
    const leave = () => resolve({ kind: 'left' });
    if (options.signal.aborted) leave();
    else options.signal.addEventListener('abort', leave, { once: true });
  });
  const ended = rollout.handle.result().then((outcome): WatchEnd => ({ kind: 'ended', outcome }));
  try {
    const end = await Promise.race([ended, left, look(session, rollout, view, options, looking.signal)]);
    // A last look, so that the picture that stays is the end and not what was before it.
    if (end.kind === 'ended') await lookOnce(session, rollout, view).catch(() => false);
    return end;
  } finally {
    looking.abort();
    view.close();
  }
}

/** Comes to an end only where no worker answers for too long. */
async function look(
  session: Session,
  rollout: FoundRollout,
  view: ProgressView,
  { isTerminal }: WatchOptions,
  signal: AbortSignal,
): Promise<WatchEnd> {
  let answeredBefore = false;
  let silentSince: number | undefined = Date.now();
  let said = false;
  const bell = listenToHistory(session, rollout, signal);
  while (!signal.aborted) {
    // A query without a worker stays with the server, which takes few of them: so workers are looked for first.
    const pollers = silentSince === undefined ? undefined : await findPollers(session, rollout.taskQueue);
    if (pollers?.live !== 0 && (await lookOnce(session, rollout, view, signal))) {
      answeredBefore = true;
      silentSince = undefined;
      said = false;
      await delay(QUERY.shortest, undefined, { signal }).catch(() => {});
      await bell.next(QUERY.longest);
      continue;
    }
    if (!signal.aborted) {
      silentSince ??= Date.now();
      const silence = Date.now() - silentSince;
      if (!said && pollers !== undefined && silence > (pollers.live === 0 ? ABSENCE_ALLOWED : SILENCE_ALLOWED)) {
        view.trouble(`${(await explainSilence(session, rollout, pollers)).why}\nThe rollout waits for it.`);
        said = true;
      }
      const patience = answeredBefore ? PATIENCE.again : PATIENCE.first;
      if (!isTerminal && pollers !== undefined && silence > patience) {
        return { kind: 'no-worker', why: (await explainSilence(session, rollout, pollers)).why };
      }
    }
    await delay(isTerminal ? LOOK_AGAIN.terminal : LOOK_AGAIN.elsewhere, undefined, { signal }).catch(() => {});
  }
  return { kind: 'left' };
}

/** @returns whether a worker answered */
async function lookOnce(
  session: Session,
  { handle }: FoundRollout,
  view: ProgressView,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const status = await session.within(ANSWER_TIMEOUT, () => handle.status());
    // What comes after the end of the watch must not be drawn over what stands there by then.
    if (signal?.aborted !== true) view.show(status);
    return true;
  } catch (error) {
    if (isUnanswered(error)) return false;
    throw error;
  }
}
