import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOLD_MODES, type HoldOrder } from '../../src/rollout/batch.js';
import {
  type Hold,
  isInForce,
  isSameHold,
  type OrderReport,
  obeyOrder,
  stillOnItsWay,
} from '../../src/rollout/orders.js';

const FIRST: HoldOrder = { number: 0, mode: 'run' };

describe('an order', () => {
  it.each([
    ['the next one', 1, true],
    ['one that has come before', 0, false],
    ['one that leaves another out', 2, false],
    ['one of before the first', -1, false],
    ['the greatest number that there is', Number.MAX_SAFE_INTEGER, false],
  ])('that has %s as its number: %d', (_, number, isObeyed) => {
    const order = { number, mode: 'wait' } as const;
    expect(obeyOrder(FIRST, order)).toEqual(isObeyed ? order : undefined);
  });

  it('to stop is taken whatever its number, and is the last one', () => {
    const stopped = obeyOrder({ number: 7, mode: 'wait' }, { number: 0, mode: 'stop' });
    expect(stopped).toEqual({ number: 8, mode: 'stop' });
    for (const mode of HOLD_MODES) expect(obeyOrder({ number: 8, mode: 'stop' }, { number: 9, mode })).toBeUndefined();
  });
});

/** A rollout and its batch, between which orders and reports are on their way. */
class Pair {
  sent: HoldOrder | undefined;
  reported: OrderReport = FIRST;
  hold = FIRST;
  refused: number | undefined;
  wanted: Hold = { mode: 'run' };
  readonly orders: HoldOrder[] = [];
  readonly reports: OrderReport[] = [];

  order(): void {
    const before = this.sent ?? this.reported;
    if (isSameHold(before, this.wanted) || before.mode === 'stop') return;
    this.sent = { number: before.number + 1, ...this.wanted };
    this.orders.push(this.sent);
  }

  arriveAtBatch(): void {
    const order = this.orders.shift();
    if (order === undefined) return;
    const hold = obeyOrder(this.hold, order);
    this.refused = hold === undefined ? order.number : undefined;
    this.hold = hold ?? this.hold;
    this.reports.push({ ...this.hold, ...(this.refused !== undefined && { refused: this.refused }) });
  }

  arriveAtRollout(): void {
    const report = this.reports.shift();
    if (report === undefined) return;
    this.sent = stillOnItsWay(this.sent, report);
    this.reported = report;
    this.order();
  }

  get isInForce(): boolean {
    return isInForce(this.sent, this.reported, this.wanted);
  }
}

const step = fc.oneof(
  fc.constantFrom('run' as const, 'wait' as const).map((mode) => (pair: Pair) => {
    pair.wanted = { mode };
    pair.order();
  }),
  fc.constant((pair: Pair) => pair.arriveAtBatch()),
  fc.constant((pair: Pair) => pair.arriveAtRollout()),
  // The rollout was reset: it has forgotten what it has sent and heard since then.
  fc.nat(3).map((number) => (pair: Pair) => {
    pair.sent = pair.sent && { number, mode: 'run' };
    pair.reported = FIRST;
    pair.order();
  }),
  // The batch was reset, without the signals that have come since then.
  fc.nat(3).map((number) => (pair: Pair) => {
    pair.hold = { number: Math.min(number, pair.hold.number), mode: 'run' };
    pair.refused = undefined;
  }),
  // Forged, by somebody who knows the run.
  fc.integer().map((number) => (pair: Pair) => void pair.orders.push({ number, mode: 'run' })),
  fc.record({ number: fc.nat(1_000_000), mode: fc.constantFrom(...HOLD_MODES) }).map((report) => (pair: Pair) => {
    pair.reports.push(report);
  }),
);

describe('a rollout and its batch', () => {
  it('agree on what is wanted, whatever was reset, lost or forged before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom('run', 'wait', 'stop'), (steps, mode) => {
        const pair = new Pair();
        for (const take of steps) take(pair);
        pair.wanted = { mode };
        pair.order();
        for (let rounds = 0; rounds < 200; rounds++) {
          pair.arriveAtBatch();
          pair.arriveAtRollout();
          // Asked for the order that it has, as when no report comes.
          if (pair.orders.length === 0 && pair.reports.length === 0) {
            pair.sent = undefined;
            pair.reports.push({ ...pair.hold, ...(pair.refused !== undefined && { refused: pair.refused }) });
          }
        }
        expect(pair.isInForce).toBe(true);
        expect(pair.hold.mode).toBe(mode);
      }),
      { numRuns: 2_000 },
    );
  });
});
