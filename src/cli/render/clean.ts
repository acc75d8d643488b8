/**
 * Characters that a terminal obeys rather than shows: C0 and C1 controls, and the marks that turn the direction of
 * text round. Instance names, tags and reasons come from outside, and must not draw on the operator's screen.
 */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** One line, safe to print. @example cleanLine('web\u001b[2J-1') // 'web�[2J-1' */
export function cleanLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(OBEYED, '\u{fffd}');
}

/** Text of several lines, safe to print. */
export function cleanText(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.replaceAll('\t', '  ').replaceAll(OBEYED, '\u{fffd}'))
    .join('\n');
}
