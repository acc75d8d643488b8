import { describe, expect, it } from 'vitest';
import { CLOSED, type Dialog, type Key, type Pressed, press } from '../../src/cli/watch/dialog.js';
import { type OfferedKey, offeredKeys } from '../../src/cli/watch/keys.js';
import type { RolloutStatus } from '../../src/rollout/status.js';

const entry = { at: '2026-03-01T12:00:00Z', event: 'x' };

function status(changes: Partial<RolloutStatus> = {}): RolloutStatus {
  return {
    name: 'prod',
    phase: 'applying',
    stage: 'early',
    waiting: null,
    counts: { total: 4, inFlight: 0 },
    stages: [],
    budget: { failed: 0 },
    planHash: 'abc',
    log: [],
    ...changes,
  };
}

const waitsFor = (hold: NonNullable<RolloutStatus['waiting']>['for']) => ({ waiting: { for: hold, since: entry.at } });
const keysOf = (offered: readonly OfferedKey[]) => offered.map(({ key }) => key).join('');

describe('the keys that are offered', () => {
  it.each<[when: string, changes: Partial<RolloutStatus>, keys: string]>([
    ['plans', { phase: 'planning' }, 'pxq'],
    ['changes', {}, 'pxq'],
    ['bakes', waitsFor('bake'), 'spxq'],
    ['bakes while paused', { ...waitsFor('bake'), paused: entry }, 'srxq'],
    ['waits for an approval', waitsFor('approval'), 'apxq'],
    ['proved nothing', waitsFor('evidence'), 'apxq'],
    ['can read no health', waitsFor('health'), 'apxq'],
    ['is frozen', waitsFor('freeze'), 'pxq'],
    ['verifies', { phase: 'verifying' }, 'pxq'],
    ['goes back', { phase: 'reverting' }, 'q'],
    ['has ended', { phase: 'ended' }, 'q'],
    ['was halted', { aborted: { ...entry, mode: 'halt' } }, 'xq'],
    ['was aborted with rollback', { aborted: { ...entry, mode: 'rollback' } }, 'q'],
  ])('while a rollout %s', (_, changes, keys) => {
    expect(keysOf(offeredKeys(status(changes), 'rollout'))).toBe(keys);
  });

  it('a halt may only become a rollback', () => {
    const [abort] = offeredKeys(status({ aborted: { ...entry, mode: 'halt' } }), 'rollout');
    expect(abort?.intents).toEqual([{ kind: 'abort', mode: 'rollback' }]);
  });

  it('of a rollback are only what a rollback takes: abort, once', () => {
    const [abort, ...others] = offeredKeys(status({ phase: 'reverting' }), 'rollback');
    expect(abort?.intents).toEqual([{ kind: 'abort', mode: 'halt' }]);
    expect(keysOf(others)).toBe('q');
    const aborted = { ...entry, mode: 'halt' } as const;
    expect(keysOf(offeredKeys(status({ phase: 'reverting', aborted }), 'rollback'))).toBe('q');
  });

  it('while nobody answers, there is nothing but to leave', () => {
    expect(keysOf(offeredKeys(undefined, 'rollout'))).toBe('q');
  });

  it('an approval is meant for the stage and the plan on the screen', () => {
    const [approve] = offeredKeys(status(waitsFor('approval')), 'rollout');
    expect(approve?.intents).toEqual([{ kind: 'approve', stage: 'early', planHash: 'abc' }]);
  });
});

describe('a question', () => {
  const named: Readonly<Record<string, Key>> = {
    ENTER: { name: 'return', sequence: '\r' },
    ESC: { name: 'escape', sequence: '\u001b' },
    BACK: { name: 'backspace', sequence: '\u007f' },
    UP: { name: 'up', sequence: '\u001b[A' },
    'C-u': { name: 'u', ctrl: true, sequence: '\u0015' },
    'C-c': { name: 'c', ctrl: true, sequence: '\u0003' },
    'C-z': { name: 'z', ctrl: true, sequence: '\u001a' },
    'C-p': { name: 'p', ctrl: true, sequence: '\u0010' },
  };
  const offered = offeredKeys(status(waitsFor('bake')), 'rollout');

  /** Presses keys one after the other. @returns what the last one led to */
  function type(...keys: readonly string[]): Pressed {
    let pressed: Pressed = { dialog: CLOSED };
    for (const key of keys) {
      pressed = press(pressed.dialog, named[key] ?? { name: key.toLowerCase(), sequence: key }, offered);
    }
    return pressed;
  }

  const pause = { kind: 'pause' } as const;

  it.each<[keys: string, dialog: Dialog]>([
    ['p', { step: 'confirm', intent: pause }],
    ['p n', CLOSED],
    ['p ESC', CLOSED],
    ['p ENTER', CLOSED],
    ['p x', { step: 'confirm', intent: pause }],
    ['p y', { step: 'reason', intent: pause, text: '' }],
    ['p y n o UP BACK', { step: 'reason', intent: pause, text: 'n' }],
    ['p y n o C-u ö', { step: 'reason', intent: pause, text: 'ö' }],
    ['p y n ESC', CLOSED],
    ['a', CLOSED],
    ['r', CLOSED],
    ['C-p', CLOSED],
    ['x b', { step: 'confirm', intent: { kind: 'abort', mode: 'rollback' } }],
    ['x h n', CLOSED],
    ['x ESC', CLOSED],
  ])('%s', (keys, dialog) => {
    expect(type(...keys.split(' '))).toEqual({ dialog });
  });

  it('sends once the last answer is given, and with a reason only where there is one', () => {
    expect(type('p', 'y', 'ENTER').effect).toEqual({ kind: 'send', intent: pause });
    expect(type('p', 'y', 'Q', ' ', '5', ' ', 'ENTER').effect).toEqual({ kind: 'send', intent: pause, reason: 'Q 5' });
    expect(type('p', 'y', 'ENTER', 'ENTER')).toEqual({ dialog: { step: 'sending', intent: pause } });
  });

  it('is left and suspended from anywhere by Ctrl-C and Ctrl-Z; q leaves where it is no letter of a text', () => {
    for (const before of [[], ['p'], ['x'], ['p', 'y'], ['p', 'y', 'ENTER']]) {
      expect(type(...before, 'C-c').effect).toEqual({ kind: 'leave' });
      expect(type(...before, 'C-z').effect).toEqual({ kind: 'suspend' });
    }
    expect(type('q').effect).toEqual({ kind: 'leave' });
    expect(type('p', 'y', 'q').effect).toBeUndefined();
  });
});
