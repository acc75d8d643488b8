import { describe, expect, test } from 'vitest';
import { newsOf, type Picture } from '../../src/rollout/news.js';
import type { Waiting } from '../../src/rollout/status.js';

const AT = '2026-11-25T10:00:00.000Z';
const NOTHING: Picture = { waiting: null, tripped: undefined, unreadable: undefined, journal: undefined };
const waitingFor = (reason: Waiting['for'], more: Partial<Waiting> = {}): Picture => ({
  ...NOTHING,
  waiting: { for: reason, since: AT, ...more },
});

describe('what is news of a rollout', () => {
  test.each<[string, Picture, string[]]>([
    ['nothing, where it goes on', NOTHING, []],
    ['no bake', waitingFor('bake'), []],
    ['no hold for an undo file, which is news already', waitingFor('journal'), []],
    [
      'an undo file that can not be written',
      { ...NOTHING, journal: 'the undo file was not written: ENOSPC' },
      ['hold: the undo file was not written: ENOSPC'],
    ],
    [
      'an approval',
      waitingFor('approval', { until: AT, reason: 'stage rest, 3 targets' }),
      [`approval: waits for an approval until ${AT}: stage rest, 3 targets`],
    ],
    ['a pause', waitingFor('paused'), ['hold: is paused']],
    ['a window', waitingFor('window', { until: AT }), [`hold: waits for its next window until ${AT}`]],
    ['a freeze', waitingFor('freeze', { reason: 'holidays' }), ['hold: waits for the end of a freeze: holidays']],
    [
      'missing readings, whatever else it waits for',
      { ...waitingFor('bake'), unreadable: '2 instances can not be read' },
      ['hold: no new changes start: 2 instances can not be read'],
    ],
    ['no wait for them', waitingFor('health'), []],
    [
      'keys that are refused, whatever else it waits for',
      {
        ...waitingFor('bake'),
        refused: { for: 'credentials', since: AT, reason: 'the keys for account 1 are refused' },
      },
      ['hold: waits for credentials: the keys for account 1 are refused'],
    ],
    ['no wait for these', waitingFor('credentials'), []],
    [
      'a stage that proved nothing',
      waitingFor('evidence'),
      ['hold: waits for an approval, since a stage has proved nothing'],
    ],
    ['a busy scope', waitingFor('lease'), ['hold: waits for another rollout']],
    [
      'a budget that is used up',
      { ...NOTHING, tripped: '1 of 1 failed' },
      ['tripped: too many have failed: 1 of 1 failed'],
    ],
  ])('%s', (_, now, told) => {
    expect(newsOf(NOTHING, now).map(({ event, what }) => `${event}: ${what}`)).toEqual(told);
  });

  test('is told once, until another wait begins', () => {
    const paused = waitingFor('paused');
    expect(newsOf(paused, paused)).toEqual([]);
    expect(newsOf(paused, waitingFor('paused', { since: '2026-11-25T11:00:00.000Z' }))).toHaveLength(1);
    expect(newsOf({ ...NOTHING, tripped: 'a' }, { ...NOTHING, tripped: 'b' })).toEqual([]);
  });
});
