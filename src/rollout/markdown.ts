import { cleanLine } from './clean.js';

/** What is markup wherever it stands. */
const MARKUP = /[\\`*_{}[\]<>|#~&]/g;
/** What begins a list, a rule or the underline of a heading where a line begins with it. */
const BEGINS_BLOCK = /^(?:([-+=])|(\d{1,9})([.)](?=\s|$)))/;
/** What GitHub makes a link of, though nobody has marked it. */
const BARE_LINK = /:(?=\/\/)|(?<=\bwww)\./gi;

/**
 * Names and reasons come from people and from AWS: as Markdown, each is a text on one line, and nothing of it is markup.
 *
 * @example asText('web_1 <b>') // 'web\\_1 \\<b\\>'
 */
export function asText(text: string): string {
  return cleanLine(text)
    .trim()
    .replaceAll(MARKUP, '\\$&')
    .replaceAll(BARE_LINK, '\\$&')
    .replace(BEGINS_BLOCK, (_, sign = '', number = '', dot = '') => (sign === '' ? `${number}\\${dot}` : `\\${sign}`));
}

/** The same to be copied: however many backticks there are in it, it ends where it ends. @example asCode('a`b') // '`` a`b ``' */
export function asCode(text: string): string {
  const line = cleanLine(text).trim();
  const runs = [...line.matchAll(/`+/g)].map(([run]) => run.length);
  if (runs.length === 0) return `\`${line}\``;
  const fence = '`'.repeat(Math.max(...runs) + 1);
  return `${fence} ${line} ${fence}`;
}
