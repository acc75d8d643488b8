import { expect, test } from 'vitest';
import { messageOf } from '../../src/rollout/error-message.js';

test('whatever is thrown says something', () => {
  expect(messageOf(new TypeError('no such thing'))).toBe('no such thing');
  expect(messageOf('gone')).toBe('gone');
  expect(messageOf(undefined)).toBe('undefined');
});
