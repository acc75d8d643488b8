import { wellFormed } from '../rollout/clean.js';

/** Characters of an error's message that are kept. Temporal stores it with every attempt. */
export const MAX_MESSAGE_LENGTH = 300;

/** Read at most so many characters of a message: an HTML page or a canonical request can be long. */
const MAX_READ_LENGTH = 4_000;

const REDACTED = '[redacted]';

/** What AWS and proxies put into messages: the refused token, the canonical request, the caller's key. */
const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // With its scheme: `Bearer …`, `Basic …`, `AWS4-HMAC-SHA256 Credential=…`.
  [/\b(authorization["']?\s*[:=]\s*["']?)(?:[\w-]+\s+)?[^\s,;&]+/gi, `$1${REDACTED}`],
  [
    /\b((?:credential|signature|x-amz-security-token|password|external_?id|(?:aws_?)?(?:secret_?access_?key|access_?key_?id|session_?token))["']?\s*[:=]\s*)(?:"[^"]*"|[^\s,;&]+)/gi,
    `$1${REDACTED}`,
  ],
  [/\bBearer\s+\S+/gi, `Bearer ${REDACTED}`],
  [/\/\/[^/\s@]+@/g, `//${REDACTED}@`],
  [/\beyJ[\w-]*\.[\w-]+\.?[\w-]*/g, REDACTED],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{8,}/g, REDACTED],
  // Secret access keys have 40 such characters, session tokens hundreds. ARNs and host names hold others in between.
  [/[A-Za-z0-9+/=%]{40,}/g, REDACTED],
];

/**
 * A text of the outside as one bounded line without credentials, fit for history, logs and reports.
 *
 * @example redactLine('The key AKIAIOSFODNN7EXAMPLE\n is unknown') // 'The key [redacted] is unknown'
 */
export function redactLine(text: string, maxLength: number = MAX_MESSAGE_LENGTH): string {
  let line = wellFormed(boundedStart(text)).replace(/\s+/g, ' ').trim();
  for (const [pattern, replacement] of SECRETS) line = line.replace(pattern, replacement);
  const characters = [...line];
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** The start of a long text up to its last blank, since half a secret would not be known as one. */
function boundedStart(text: string): string {
  if (text.length <= MAX_READ_LENGTH) return text;
  const start = text.slice(0, MAX_READ_LENGTH);
  const end = start.lastIndexOf(' ');
  return end > 0 ? start.slice(0, end) : start;
}
