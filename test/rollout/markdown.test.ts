import { expect, it } from 'vitest';
import { asCode, asText } from '../../src/rollout/markdown.js';

it.each([
  ['web_1 <b>', String.raw`web\_1 \<b\>`],
  ['- item', String.raw`\- item`],
  ['1. item', String.raw`1\. item`],
  ['1.5 GB', '1.5 GB'],
  ['see http://evil.example', String.raw`see http\://evil.example`],
  ['www.evil.example', String.raw`www\.evil.example`],
])('%j is a text in Markdown, and nothing of it is markup', (text, markdown) => {
  expect(asText(text)).toBe(markdown);
});

it.each([
  ['web-1', '`web-1`'],
  ['a`b', '`` a`b ``'],
  ['``', '``` `` ```'],
])('%j to be copied ends where it ends', (text, markdown) => {
  expect(asCode(text)).toBe(markdown);
});
