import { expect, test } from 'vitest';
import { fullHistory } from '../../src/rollout/history-guard.js';

test.each([
  [39_999, 39_999_999, undefined],
  [40_000, 0, '40000 events'],
  [0, 40_000_000, '40 MB'],
  [40_000, 40_000_000, '40000 events'],
])('a history of %i events and %i bytes is full: %s', (events, bytes, size) => {
  const says =
    size &&
    `its history has reached ${size}, and a server ends what grows much larger: start it again for what is left`;
  expect(fullHistory({ events, bytes })).toBe(says);
});
