import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunk, countKinds, firstInFlight, TargetQueue } from '../../src/rollout/batch.js';
import { scopeKey, scopeOf } from '../../src/rollout/scope.js';
import { arnOf, target, targets } from './builders.js';

test('chunks keep the order, are full but for the last, and lose nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 50 }), fc.integer({ min: 1, max: 10 }), (items, size) => {
      const chunks = chunk(items, size);
      expect(chunks.flat()).toEqual(items);
      expect(chunks.slice(0, -1).every(({ length }) => length === size)).toBe(true);
      expect(chunks.every(({ length }) => length > 0 && length <= size)).toBe(true);
    }),
  );
});

test('kinds are counted, and the ones that do not occur are left out', () => {
  expect(countKinds(['changed', 'failed', 'changed'])).toEqual({ changed: 2, failed: 1 });
  expect(countKinds([])).toEqual({});
});

test('so many targets are in flight once a batch has begun', () => {
  const run = { number: 0, mode: 'run' } as const;
  const mixed = [...targets(3), target('web-0', { arn: arnOf('web-0', 'eu-west-1') })];
  expect(firstInFlight({ targets: mixed, concurrency: { total: 10 }, hold: run })).toBe(4);
  expect(firstInFlight({ targets: mixed, concurrency: { total: 3 }, hold: run })).toBe(3);
  expect(firstInFlight({ targets: mixed, concurrency: { total: 10, perScope: 1 }, hold: run })).toBe(2);
  expect(firstInFlight({ targets: mixed, concurrency: { total: 3 }, hold: { ...run, mode: 'wait' } })).toBe(0);
});

describe('the queue of a batch', () => {
  const take = (queue: TargetQueue, count: number) => Array.from({ length: count }, () => queue.take());

  test('hands the targets out in order, so many at a time', () => {
    const queue = new TargetQueue(targets(4), { total: 2 });
    expect(take(queue, 3)).toEqual([0, 1, undefined]);
    expect(queue.hasRoom).toBe(false);
    queue.finish(0);
    expect(queue.hasRoom).toBe(true);
    expect(take(queue, 2)).toEqual([2, undefined]);
    expect(queue.inFlight).toBe(2);
  });

  test('a target that was taken back is the next one', () => {
    const queue = new TargetQueue(targets(3), { total: 1 });
    expect(queue.take()).toBe(0);
    queue.requeue(0);
    expect(queue.inFlight).toBe(0);
    expect(queue.take()).toBe(0);
  });

  test('passes over a scope that is full, and comes back to it', () => {
    const mixed = ['us-east-1', 'us-east-1', 'eu-west-1'].map((region, index) =>
      target(`t${index}`, { arn: arnOf(`t${index}`, region) }),
    );
    const queue = new TargetQueue(mixed, { total: 10, perScope: 1 });
    expect(take(queue, 3)).toEqual([0, 2, undefined]);
    queue.finish(0);
    expect(take(queue, 2)).toEqual([1, undefined]);
    expect(queue.isEmpty).toBe(true);
  });

  test('gives a target that is done another turn, where there is room for it', () => {
    const queue = new TargetQueue(targets(3), { total: 1 });
    expect(queue.take()).toBe(0);
    queue.finish(0);
    expect(queue.take()).toBe(1);
    expect(queue.hasRoomFor(0)).toBe(false);
    queue.finish(1);
    expect(queue.hasRoomFor(0)).toBe(true);
    queue.again(0);
    expect([queue.inFlight, queue.take()]).toEqual([1, undefined]);
    queue.finish(0);
    expect(queue.take()).toBe(2);
  });

  test('lets go of a target that still waits, and of no other', () => {
    const queue = new TargetQueue(targets(3), { total: 1 });
    expect(queue.take()).toBe(0);
    expect([queue.drop(0), queue.drop(2), queue.drop(2)]).toEqual([false, true, false]);
    queue.finish(0);
    expect(take(queue, 2)).toEqual([1, undefined]);
  });

  test('may be allowed more at once than it has', () => {
    const queue = new TargetQueue(targets(2), { total: 500 });
    expect(take(queue, 3)).toEqual([0, 1, undefined]);
  });

  test('whatever happens, never more are in flight than allowed, and every target is handed out until it is finished', () => {
    const regions = fc.array(fc.constantFrom('us-east-1', 'eu-west-1', 'eu-north-1'), { maxLength: 20 });
    const concurrency = fc.record({
      total: fc.integer({ min: 1, max: 6 }),
      perScope: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    });
    const moves = fc.array(fc.record({ requeue: fc.boolean(), which: fc.nat() }), { maxLength: 30 });
    fc.assert(
      fc.property(regions, concurrency, moves, (where, allowed, schedule) => {
        const all = where.map((region, index) => target(`t${index}`, { arn: arnOf(`t${index}`, region) }));
        const scopes = all.map(({ arn }) => scopeKey(scopeOf(arn)));
        const queue = new TargetQueue(all, allowed);
        const flying: number[] = [];
        const finished: number[] = [];
        const fill = () => {
          for (let index = queue.take(); index !== undefined; index = queue.take()) flying.push(index);
          expect(queue.hasRoom).toBe(false);
          expect(queue.inFlight).toBe(flying.length);
          expect(flying.length).toBeLessThanOrEqual(allowed.total);
          for (const scope of new Set(scopes)) {
            const there = flying.filter((index) => scopes[index] === scope).length;
            expect(there).toBeLessThanOrEqual(allowed.perScope ?? allowed.total);
          }
        };
        const land = (which: number, requeue: boolean) => {
          const [index] = flying.splice(which % flying.length, 1);
          if (index === undefined) return;
          if (requeue) queue.requeue(index);
          else finished.push(index);
          if (!requeue) queue.finish(index);
        };
        fill();
        for (const { which, requeue } of schedule) {
          if (flying.length > 0) land(which, requeue);
          fill();
        }
        while (flying.length > 0) {
          land(0, false);
          fill();
        }
        expect(queue.isEmpty).toBe(true);
        expect(finished.toSorted((a, b) => a - b)).toEqual(all.map((_, index) => index));
      }),
    );
  });
});
