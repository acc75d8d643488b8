import { cleanLine } from './clean.js';
import { formatDuration } from './duration.js';
import { cutReason } from './outcome.js';
import { describeCounts, type LogEntry, type RolloutStatus } from './status.js';

/** What a rollout tells of: a stage waits for an approval, the rollout is held, its budget is spent, it has ended. */
export type NotifyEvent = 'approval' | 'hold' | 'tripped' | 'ended';

/** What happened, for a person. */
export interface NotifyDetails {
  /** One sentence, such as `stage rest waits for an approval until 2026-11-28T10:00:00.000Z`. */
  readonly what: string;
  /** It was told before, and nobody has answered yet. */
  readonly reminder?: true;
}

/** What an activity of yours is given: the one that `notify.activity` names. */
export interface UserNotification {
  /** The rollout's workflow ID. */
  readonly rollout: string;
  readonly event: NotifyEvent;
  /** How it stands, without its warnings and the names that `evidence.allow` lets pass. */
  readonly status: RolloutStatus;
}

/** One notification. */
export interface NotifyInput extends NotifyDetails, UserNotification {}

/** Whoever passes the news of a rollout on. */
export interface Teller {
  /** Returns at once, and never throws. */
  readonly tell: (event: NotifyEvent, details: NotifyDetails) => void;
  /** Waits until nothing is under way any more. */
  readonly drained: () => Promise<void>;
}

/** Entries of the log that a notification carries. */
export const TOLD_LOG = 5;

/**
 * The one line of a notification: chat systems show what a webhook's `text` holds.
 *
 * @example notificationText(input) // 'Rollout prod: stage rest waits for an approval (3 changed, 2 not started, of 5) · imds-rollout-prod'
 */
export function notificationText({ rollout, what, reminder, status }: NotifyInput): string {
  const name = status.name === '' ? rollout : status.name;
  const sentence = cutReason(what.replace(/[.\s]+$/, ''));
  const workflow = status.name === '' ? '' : ` · ${rollout}`;
  const text = `Rollout ${name}${reminder ? ', reminder' : ''}: ${sentence} (${describeCounts(status.counts)})${workflow}`;
  return inline(text);
}

/** The status without what would make a notification large: each is one payload in history, and Temporal warns at 256 KB. */
export function statusToTell({ warnings: _, evidence: __, ...status }: RolloutStatus): RolloutStatus {
  const { waiting, budget, paused, aborted, log } = status;
  return {
    ...status,
    waiting: waiting?.reason === undefined ? waiting : { ...waiting, reason: cutReason(waiting.reason) },
    budget: { ...budget, ...(budget.tripped !== undefined && { tripped: cutReason(budget.tripped) }) },
    ...(paused !== undefined && { paused: cutEntry(paused) }),
    ...(aborted !== undefined && { aborted: cutEntry(aborted) }),
    log: log.slice(-TOLD_LOG).map(cutEntry),
  };
}

/** When to remind, from the moment at which an approval is asked for, and of what. */
export interface Reminder {
  /** Milliseconds. */
  readonly afterMs: number;
  readonly what: string;
}

/** Reminders that come closer to each other than this, in milliseconds, are none. */
const MIN_APART = 1_000;

const REMINDERS = [
  { share: 0.5, says: 'half' },
  { share: 0.9, says: '90 %' },
] as const;

/**
 * The reminders of an approval that runs out: at half of its time and at 90 % of it; none where that would be less than
 * a second apart.
 *
 * @param timeout - milliseconds
 * @example approvalReminders(72 * 3_600_000) // [{ afterMs: 129600000, what: 'half of the time to approve is over, 1d 12h left' }, …]
 */
export function approvalReminders(timeout: number): Reminder[] {
  const reminders = REMINDERS.map(({ share, says }) => {
    const afterMs = Math.round(timeout * share);
    return { afterMs, what: `${says} of the time to approve is over, ${formatDuration(timeout - afterMs)} left` };
  });
  const isClose = reminders.some(({ afterMs }, index) => afterMs - (reminders[index - 1]?.afterMs ?? 0) < MIN_APART);
  return isClose ? [] : reminders;
}

function cutEntry<Entry extends LogEntry>(entry: Entry): Entry {
  const { event, by, reason } = entry;
  return {
    ...entry,
    event: cutReason(event),
    ...(by !== undefined && { by: cutReason(by) }),
    ...(reason !== undefined && { reason: cutReason(reason) }),
  };
}

/** What comes from people and from AWS is one line, and no link or mention: chat systems mark those by angle brackets. */
function inline(text: string): string {
  return cleanLine(text).replaceAll('<', '‹').replaceAll('>', '›').trim();
}
