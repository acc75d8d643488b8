import { expect, it } from 'vitest';
import { shellName, shellWord } from '../../src/rollout/shell.js';

it.each([
  ['imds-rollout-prod', 'imds-rollout-prod'],
  ["it's", String.raw`'it'\''s'`],
  ['$(rm -rf /)', "'$(rm -rf /)'"],
  ['', "''"],
])('%j is one word of a shell', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

it('a name that looks like a flag is none', () => {
  expect(shellName('--yes')).toBe('-- --yes');
  expect(shellName('web-1')).toBe('web-1');
});
