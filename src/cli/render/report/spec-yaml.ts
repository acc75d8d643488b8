import { stringify } from 'yaml';
import { cleanText } from '../../../rollout/clean.js';

/** What has lines or tabs of its own is written with escapes, which stay what they are when it is cleaned. */
const ESCAPED = {
  lineWidth: 100,
  blockQuote: false,
  singleQuote: false,
  doubleQuotedMinMultiLineLength: Infinity,
} as const;

/** A spec as its history has it, for a person. */
export function specYaml(input: unknown): string {
  return cleanText(stringify(input, ESCAPED).trimEnd());
}
