import { redactLine } from '../../lightsail/redact.js';

/** Lines are long in stacks; nothing of them is to be lost but credentials. */
const LONG = 4_000;

/** Values that this process was given to keep to itself, whatever they look like. */
const secrets = new Set<string>();

/** Shorter ones would be found in any text, and hide nothing. */
const MIN_SECRET = 6;

/** From now on no error or log line shows these. */
export function hideSecrets(values: readonly string[]): void {
  for (const value of values) if (value.length >= MIN_SECRET) secrets.add(value);
}

/** A text of several lines without credentials; the indentation stays. */
export function redact(text: string): string {
  let rest = text;
  for (const secret of secrets) rest = rest.replaceAll(secret, '[redacted]');
  return rest
    .split('\n')
    .map((line) => `${/^\s*/.exec(line)?.[0] ?? ''}${redactLine(line, LONG)}`)
    .join('\n');
}
