import { describe, expect, test } from 'vitest';
import { describeMissing, Sight } from '../../src/rollout/sight.js';

const loss = (observer = false) => ({ why: 'no answer', observer, since: 7 });

describe('what can not be read', () => {
  test('is missing until it is read again', () => {
    const sight = new Sight();
    expect(sight.missing).toBeUndefined();
    sight.lose('watch', ['a', 'b'], loss());
    expect(sight.missing).toEqual({ count: 2, why: 'no answer', observer: false, since: 7 });
    sight.regain('watch', ['a']);
    expect(sight.missing).toMatchObject({ count: 1 });
    sight.regain('watch', ['b']);
    expect(sight.missing).toBeUndefined();
  });

  test('counts once when it is looked at from two sides, and each of them has to see it again', () => {
    const sight = new Sight();
    sight.lose('watch', ['a'], loss());
    sight.lose('settle', ['a'], loss());
    expect(sight.missing).toMatchObject({ count: 1 });
    sight.regain('settle', ['a']);
    expect(sight.missing).toMatchObject({ count: 1 });
    sight.regain('watch', ['a']);
    expect(sight.missing).toBeUndefined();
  });

  test('is no reason to wait once an operator goes on without it, but what is lost later is', () => {
    const sight = new Sight();
    sight.lose('watch', ['a'], loss());
    sight.accept();
    expect([sight.missing, sight.isAccepted('a')]).toEqual([undefined, true]);
    sight.lose('watch', ['b'], loss());
    expect(sight.missing).toMatchObject({ count: 1 });
  });

  test('has to be accepted anew when it was read again in between', () => {
    const sight = new Sight();
    sight.lose('watch', ['a'], loss());
    sight.accept();
    sight.regain('watch', ['a']);
    sight.lose('watch', ['a'], loss());
    expect(sight.missing).toMatchObject({ count: 1 });
  });

  test('is the fault of the observer for as long as anything is missing', () => {
    const sight = new Sight();
    sight.lose('watch', ['a', 'b'], loss(true));
    sight.regain('watch', ['a']);
    expect(sight.missing).toMatchObject({ observer: true });
    sight.regain('watch', ['b']);
    sight.lose('watch', ['a'], loss());
    expect(sight.missing).toMatchObject({ observer: false });
  });
});

test.each([
  [{ count: 1, observer: false }, "1 instance can't be read (no answer)"],
  [
    { count: 3, observer: true },
    "3 instances can't be read (no answer); that is over half of a scope, so most likely the observer is at fault",
  ],
])('%j is told as "%s"', (given, text) => {
  expect(describeMissing({ ...given, why: 'no answer', since: 0 })).toBe(text);
});

test('an observer that has lost sight of nothing says nothing of itself', () => {
  const sight = new Sight();
  sight.lose('watch', [], loss(true));
  sight.lose('watch', ['a'], loss());
  expect(sight.missing).toMatchObject({ observer: false });
});
