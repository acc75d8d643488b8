import { expect, it } from 'vitest';
import { EventLog } from '../../src/rollout/event-log.js';

it('an event is noted with who and why, as far as anybody says so, and the last twenty stand', () => {
  const log = new EventLog();
  expect(log.add('2026-11-26T10:00:00.000Z', 'planned 3 changes')).toEqual({
    at: '2026-11-26T10:00:00.000Z',
    event: 'planned 3 changes',
  });
  expect(log.add('2026-11-26T10:00:01.000Z', 'pause', { by: 'ann' })).toMatchObject({ event: 'pause', by: 'ann' });
  const said = { by: 'ann', reason: 'lunch' };
  expect(log.add('2026-11-26T10:00:02.000Z', 'resume', said)).toMatchObject(said);
  expect(log.entries).toHaveLength(3);
  for (let index = 0; index < 30; index += 1) log.add('2026-11-26T10:00:03.000Z', `event ${index}`);
  expect(log.entries).toHaveLength(20);
  expect(log.entries.at(-1)).toMatchObject({ event: 'event 29' });
});
