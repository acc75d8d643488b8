import type { NotifyDetails, NotifyEvent } from './notification.js';
import type { HoldReason, Waiting } from './status.js';

/** What a rollout may be told by: what it waits for, and why its budget is used up. */
export interface Picture {
  readonly waiting: Waiting | null;
  readonly tripped: string | undefined;
  /** Which instances can't be read; told whatever else the rollout waits for. */
  readonly unreadable: string | undefined;
  /** Why the undo file can't be written. */
  readonly journal: string | undefined;
  /** Since when the keys of an account are refused, and what to renew; told whatever else the rollout waits for. */
  readonly refused?: Waiting | undefined;
}

export type News = { readonly event: NotifyEvent } & NotifyDetails;

/**
 * How a hold is told; a bake is as planned, and no news; missing readings, an undo file that can't be written, and keys that
 * are refused, are news before anything waits for them.
 */
const SAYS = {
  bake: undefined,
  approval: 'waits for an approval',
  window: 'waits for its next window',
  freeze: 'waits for the end of a freeze',
  paused: 'is paused',
  health: undefined,
  evidence: 'waits for an approval, since a stage has proved nothing',
  credentials: undefined,
  lease: 'waits for another rollout',
  journal: undefined,
} as const satisfies Record<HoldReason, string | undefined>;

/** What is worth telling of a rollout, compared with how it stood before. */
export function newsOf(before: Picture, now: Picture): News[] {
  const news: News[] = [];
  if (now.tripped !== undefined && before.tripped === undefined) {
    news.push({ event: 'tripped', what: `too many have failed: ${now.tripped}` });
  }
  if (now.unreadable !== undefined && before.unreadable === undefined) {
    news.push({ event: 'hold', what: `no new changes start: ${now.unreadable}` });
  }
  if (now.journal !== undefined && before.journal === undefined) news.push({ event: 'hold', what: now.journal });
  if (now.refused !== undefined && now.refused.since !== before.refused?.since) {
    news.push({ event: 'hold', what: `waits for credentials: ${now.refused.reason}` });
  }
  const { waiting } = now;
  const says = waiting === null ? undefined : SAYS[waiting.for];
  const isNew = waiting?.for !== before.waiting?.for || waiting?.since !== before.waiting?.since;
  if (waiting !== null && says !== undefined && isNew) {
    const until = waiting.until === undefined ? '' : ` until ${waiting.until}`;
    const reason = waiting.reason === undefined ? '' : `: ${waiting.reason}`;
    news.push({ event: waiting.for === 'approval' ? 'approval' : 'hold', what: `${says}${until}${reason}` });
  }
  return news;
}
