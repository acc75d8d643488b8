import type { HoldOrder } from './batch.js';

/**
 * The rules of the orders that a rollout gives its running batch. Anybody may signal a workflow, so an order names the run
 * that the batch belongs to, and its number is the next one: a forged or an impossible order changes nothing, and can't
 * keep the real ones out.
 */

/** An order before it has its number. */
export type Hold = Omit<HoldOrder, 'number'>;

/** What a batch says of its orders. */
export interface OrderReport extends HoldOrder {
  /** Number of the last order that it has refused, since another one had come before. */
  readonly refused?: number;
}

/**
 * The order that a batch has in force after this one; undefined where it refuses it.
 *
 * A stop is final and needs no number: it may come from a run that was reset, which doesn't know how far the run before
 * has counted.
 */
export function obeyOrder(inForce: HoldOrder, order: HoldOrder): HoldOrder | undefined {
  if (inForce.mode === 'stop') return undefined;
  const number = inForce.number + 1;
  return order.number === number || order.mode === 'stop' ? { ...order, number } : undefined;
}

/** Whether two orders ask for the same. */
export function isSameHold(one: Hold, other: Hold): boolean {
  return one.mode === other.mode && one.notAfter === other.notAfter && one.accepted === other.accepted;
}

/**
 * The order that is still on its way to the batch, now that it has said which one it has; undefined where none is.
 *
 * The batch may say another number than the rollout has counted to, where either of the two was reset. What it says counts,
 * and the next order follows that.
 */
export function stillOnItsWay(sent: HoldOrder | undefined, { number, refused }: OrderReport): HoldOrder | undefined {
  return sent !== undefined && sent.number > number && refused !== sent.number ? sent : undefined;
}

/** Whether the batch does what is wanted; one that has stopped starts nothing, whatever is wanted. */
export function isInForce(sent: HoldOrder | undefined, reported: OrderReport, wanted: Hold): boolean {
  return reported.mode === 'stop' || (sent === undefined && isSameHold(reported, wanted));
}
