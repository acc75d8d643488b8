import { expect, test } from 'vitest';
import { EventLog } from '../../src/rollout/event-log.js';

const AT = '2026-11-25T00:00:00.000Z';

test('an event has no more than was said', () => {
  const log = new EventLog();
  log.add(AT, 'pause', { by: 'ops', reason: undefined });
  log.add(AT, 'resume');
  log.add(AT, 'abort (halt)', { by: 'ops', reason: 'it is late' });
  expect(log.entries).toEqual([
    { at: AT, event: 'pause', by: 'ops' },
    { at: AT, event: 'resume' },
    { at: AT, event: 'abort (halt)', by: 'ops', reason: 'it is late' },
  ]);
});

test('the log keeps the newest twenty events, oldest first', () => {
  const log = new EventLog();
  for (let index = 1; index <= 25; index += 1) log.add(AT, `event ${index}`);
  const events = log.entries.map(({ event }) => event);
  expect(events).toHaveLength(20);
  expect([events[0], events.at(-1)]).toEqual(['event 6', 'event 25']);
});
