import { expect, test } from 'vitest';
import { type Aborted, effectOfAbort, haltBeside, type Stop, type StopCauses, stopOf } from '../../src/rollout/stop.js';

const GOING_ON: StopCauses = { halted: undefined, aborted: undefined, tripped: undefined, revert: 'run' };
const TRIPPED = '2 of 2 targets failed';

const aborted = (changes: Partial<Aborted> = {}): Aborted => ({
  at: '2026-11-25T00:00:00.000Z',
  event: 'aborted',
  mode: 'halt',
  ...changes,
});

test('a rollout that nothing has happened to goes on', () => {
  expect(stopOf(GOING_ON)).toBeUndefined();
});

test.each([
  [{}, { restore: false, reason: 'aborted' }],
  [{ mode: 'rollback' }, { restore: true, reason: 'aborted' }],
  [{ by: 'ops' }, { restore: false, reason: 'aborted by ops' }],
  [{ reason: 'wrong fleet' }, { restore: false, reason: 'aborted: wrong fleet' }],
  [
    { mode: 'rollback', by: 'ops', reason: 'wrong fleet' },
    { restore: true, reason: 'aborted by ops: wrong fleet' },
  ],
  [
    { by: '', reason: '' },
    { restore: false, reason: 'aborted' },
  ],
] as const)('an abort %j stops it with %j', (changes, stop) => {
  expect(stopOf({ ...GOING_ON, aborted: aborted(changes) })).toEqual({ kind: 'aborted', ...stop });
});

test.each([
  ['run', true],
  ['failed', false],
  ['none', false],
  [undefined, false],
] as const)('over budget with revert %s, everything is taken back: %s', (revert, restore) => {
  expect(stopOf({ ...GOING_ON, tripped: TRIPPED, revert })).toEqual({ kind: 'budget', restore, reason: TRIPPED });
});

test.each([
  [{ reason: 'the batch was ended from outside', restore: false }],
  [{ reason: 'reset', restore: true }],
  [{ reason: 'reset', restore: false, adrift: true }],
] as const)('a halt %j stops it as it is', (halted) => {
  expect(stopOf({ ...GOING_ON, halted })).toEqual({ kind: 'halted', ...halted });
});

test('a halt goes before an abort, and an abort before the budget', () => {
  const halted = { reason: 'reset', restore: false };
  const all = { ...GOING_ON, halted, aborted: aborted(), tripped: TRIPPED };
  expect(stopOf(all)?.kind).toBe('halted');
  expect(stopOf({ ...all, halted: undefined })).toEqual({ kind: 'aborted', restore: false, reason: 'aborted' });
});

const TAKES_BACK: Stop = { kind: 'budget', restore: true, reason: TRIPPED };

test.each([
  ['a rollout that goes on', 'halt', 'applying', {}, 'abort'],
  ['a rollout that takes nothing back', 'halt', 'reverting', { stop: { ...TAKES_BACK, restore: false } }, 'abort'],
  ['one that was aborted with halt', 'rollback', 'applying', { aborted: aborted() }, 'abort'],
  ['one that was aborted with halt', 'halt', 'applying', { aborted: aborted() }, 'nothing'],
  ['one that was aborted with rollback', 'halt', 'applying', { aborted: aborted({ mode: 'rollback' }) }, 'nothing'],
  ['one that was aborted with rollback', 'rollback', 'applying', { aborted: aborted({ mode: 'rollback' }) }, 'nothing'],
  ['a way back that is under way', 'halt', 'reverting', { stop: TAKES_BACK }, 'late'],
  ['a rollout that has ended', 'rollback', 'ended', {}, 'late'],
] as const)('of %s, abort with %s in phase %s %j does: %s', (_, mode, phase, changes, effect) => {
  expect(effectOfAbort(mode, { phase, aborted: undefined, stop: undefined, ...changes })).toBe(effect);
});

test.each([
  ['nothing', undefined, false],
  ['a stop that takes everything back', TAKES_BACK, true],
  ['a stop that takes nothing back', { ...TAKES_BACK, restore: false }, false],
] as const)('a halt beside %s keeps whether everything goes back', (_, stop, restore) => {
  expect(haltBeside({ reason: 'reset', restore: false }, stop).restore).toBe(restore);
  expect(haltBeside({ reason: 'reset', restore: true }, stop).restore).toBe(true);
  expect(haltBeside({ reason: 'reset', restore: true, adrift: true }, stop).restore).toBe(false);
});
