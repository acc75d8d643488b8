import { stringify } from 'yaml';
import { cleanText } from '../../../rollout/clean.js';

/** A spec as its history has it, for a person. */
export function specYaml(input: unknown): string {
  return cleanText(stringify(input, { lineWidth: 100 }).trimEnd());
}
