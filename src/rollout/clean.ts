/**
 * Characters that a terminal or a browser obeys rather than shows: C0 and C1 controls, and the marks that turn the
 * direction of text round; and halves of surrogate pairs, which are no characters and which no UTF-8 can hold. Instance
 * names, tags, reasons and messages come from outside, and must not draw on the operator's screen.
 */
const OBEYED = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** One line, safe to show. @example cleanLine('web\u001b[2J-1') // 'web�[2J-1' */
export function cleanLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(OBEYED, '\u{fffd}');
}

/** Text of several lines, safe to show. */
export function cleanText(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.replaceAll('\t', '  ').replaceAll(OBEYED, '\u{fffd}'))
    .join('\n');
}

/**
 * A text that Temporal can take as the message of a failure: half of a surrogate pair, as is left of an emoji that was
 * cut, is no UTF-8. The SDK's native part can't decode a short one, and shuts the worker down that reports it.
 *
 * @example wellFormed('cut \ud83d') // 'cut �'
 */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\u{fffd}');
}

/** JSON, in which every character that {@link cleanLine} replaces is written as an escape: read back, it is the same. */
export function safeJson(value: unknown, indent?: number, replacer?: (key: string, value: unknown) => unknown): string {
  return escapeJson(JSON.stringify(value, replacer, indent));
}

/** The same for JSON that is text already, as `JSON.stringify` writes it. */
export function escapeJson(json: string): string {
  return json
    .split('\n')
    .map((line) => line.replaceAll(OBEYED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`))
    .join('\n');
}
