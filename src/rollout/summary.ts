import { utf8ToBytes } from '@noble/hashes/utils.js';
import { cleanLine } from './clean.js';

/** Of the 200 bytes that Temporal allows for a summary, which has two quotes more. */
const MAX_BYTES = 190;

/** A summary for the Temporal UI: a name that is too long is cut in the middle, since it is its end that tells two apart. */
export function cutSummary(text: string): string {
  const line = cleanLine(text);
  const chars = Array.from(line);
  // It goes as JSON, where a quote takes two.
  const sizes = chars.map((char) => utf8ToBytes(JSON.stringify(char)).length - 2);
  if (sizes.reduce((sum, size) => sum + size, 0) <= MAX_BYTES) return line;
  const half = (MAX_BYTES - utf8ToBytes('…').length) / 2;
  const head = countFitting(sizes, half);
  const tail = countFitting(sizes.toReversed(), half);
  return `${chars.slice(0, head).join('')}…${chars.slice(chars.length - tail).join('')}`;
}

function countFitting(sizes: readonly number[], maxBytes: number): number {
  let bytes = 0;
  // The whole is too long, so that some of it never fits.
  return sizes.findIndex((size) => {
    bytes += size;
    return bytes > maxBytes;
  });
}
