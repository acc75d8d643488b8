import { ApplicationFailure, Context } from '@temporalio/activity';
import { type NotifyInput, notificationText, type UserNotification } from '../rollout/notification.js';

/** A webhook that has not answered after this time, in milliseconds, won't. */
const ANSWER_TIMEOUT = 10_000;

/**
 * Whether anybody was told.
 *
 * @internal
 */
export interface NotifyResult {
  /** False: this worker has no webhook. */
  readonly sent: boolean;
}

/** What the webhook gets, as JSON. */
export interface WebhookBody extends UserNotification {
  /** One readable line, which Slack and its like show as it is. */
  readonly text: string;
}

/**
 * Posts notifications to this worker's webhook, and does nothing where it has none.
 *
 * @param webhook - from the worker's environment only: its address opens the channel to anybody who knows it
 */
export function createNotify(webhook: string | undefined) {
  return async function lightsailImdsNotify(input: NotifyInput): Promise<NotifyResult> {
    if (webhook === undefined || webhook === '') return { sent: false };
    await postNotification(webhook, input, Context.current().cancellationSignal);
    return { sent: true };
  };
}

/**
 * Posts one notification. No failure says anything of the address, whatever Node and the system say of it: a failure
 * stays in history.
 *
 * @param timeout - milliseconds until an answer must have begun
 * @throws ApplicationFailure, retryable `NotifyFailed`; for good `NotifyRefused` where it would be refused again, and
 * `NotifyMisconfigured` for an address that can't be posted to
 */
export async function postNotification(
  webhook: string,
  input: NotifyInput,
  signal: AbortSignal,
  timeout = ANSWER_TIMEOUT,
): Promise<void> {
  const url = readAddress(webhook);
  const { rollout, event, status } = input;
  const body: WebhookBody = { text: notificationText(input), rollout, event, status };
  const response = await post(url, JSON.stringify(body), signal, timeout);
  // Only the status counts; what is left unread would hold the socket.
  response.body?.cancel().catch(() => undefined);
  judge(response.status);
}

function readAddress(webhook: string): URL {
  const url = URL.canParse(webhook) ? new URL(webhook) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    const message =
      'The webhook of this worker is no http(s) address, or one with a user name or password in it: correct it in the environment of the worker.';
    throw ApplicationFailure.nonRetryable(message, 'NotifyMisconfigured');
  }
  return url;
}

async function post(url: URL, body: string, signal: AbortSignal, timeout: number): Promise<Response> {
  const timer = AbortSignal.timeout(timeout);
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      // Followed, it would carry the status to a host that nobody has configured.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timer]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const why = timer.aborted ? `no answer within ${timeout / 1_000} s` : codeOf(error);
    throw ApplicationFailure.retryable(`The webhook of this worker could not be reached (${why}).`, 'NotifyFailed');
  }
}

function judge(status: number): void {
  if (status >= 200 && status < 300) return;
  if (status >= 500 || status === 429) {
    throw ApplicationFailure.retryable(`The webhook of this worker answered ${status}.`, 'NotifyFailed');
  }
  const why = status < 400 ? 'a redirect, which is not followed' : 'so it would refuse this again';
  throw ApplicationFailure.nonRetryable(`The webhook of this worker answered ${status}, ${why}.`, 'NotifyRefused');
}

/** Node's code of what went wrong, such as `ECONNREFUSED`; its messages name hosts and addresses. */
function codeOf(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string' && /^[A-Z][A-Z0-9_]{2,50}$/.test(each.code)) return each.code;
  }
  return 'network error';
}
