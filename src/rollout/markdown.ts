import { cleanLine } from './clean.js';

/** What is markup wherever it stands. */
const MARKUP = /[\\`*_{}[\]<>|#~&]/g;
/** What begins a list, a rule or the underline of a heading where a line begins with it. */
const BEGINS_BLOCK = /^(\s*)(?:([-+=])|(\d{1,9})([.)](?=\s|$)))/;
/** What GitHub makes a link of, though nobody has marked it. */
const BARE_LINK = /:(?=\/\/)|(?<=\bwww)\./gi;

/**
 * Names and reasons come from people and from AWS: as Markdown, each is a text on one line, and nothing of it is markup.
 *
 * @example asText('web_1 <b>') // 'web\\_1 \\<b\\>'
 */
export function asText(text: string): string {
  return cleanLine(text)
    .replaceAll(MARKUP, '\\$&')
    .replaceAll(BARE_LINK, '\\$&')
    .replace(BEGINS_BLOCK, (_, blanks = '', sign = '', number = '', dot = '') =>
      sign === '' ? `${blanks}${number}\\${dot}` : `${blanks}\\${sign}`,
    );
}
