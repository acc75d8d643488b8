import { redactLine } from '../../lightsail/redact.js';

/** Lines are long in stacks; nothing of them is to be lost but credentials. */
const LONG = 4_000;

/** A text of several lines without credentials; the indentation stays. */
export function redact(text: string): string {
  return text
    .split('\n')
    .map((line) => `${/^\s*/.exec(line)?.[0] ?? ''}${redactLine(line, LONG)}`)
    .join('\n');
}
