import { parse as parseCsv } from 'csv-parse/sync';
import { marked, type Token } from 'marked';
import { type DefaultTreeAdapterMap, parse as parseHtml } from 'parse5';
import { expect } from 'vitest';

/** A terminal or a browser obeys these instead of showing them; and what is no character at all. */
const OBEYED = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** Lines that go to a screen as they are, without colours. */
export function expectShownLines(lines: readonly string[]): void {
  for (const line of lines) expect(line).not.toMatch(OBEYED);
}

/** Text of several lines, of which each is shown as it is. */
export function expectShownText(text: string): void {
  expectShownLines(text.split('\n'));
}

/** What a mistake of ours says of itself, and an engine that has run out of something. */
const ACCIDENT =
  /is not a function|Cannot (read|convert|destructure|set|use)|is not iterable|undefined is not|is not defined|call stack|Invalid time value|Invalid array length|circular structure|heap|^\s+at .*:\d+:\d+/im;

/** A message for a person: what it is about, and no accident of the program. */
export function expectClearMessage(message: string): void {
  expect(message.trim()).not.toBe('');
  expect(message).not.toMatch(ACCIDENT);
  expect(message.length).toBeLessThan(60_000);
}

/** Nothing has reached what all objects share. */
export function expectUnpolluted(): void {
  const plain: Record<string, unknown> = {};
  for (const key in plain) throw new Error(`every object has a member ${key} now`);
  expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
}

/** Runs a parser that answers with a value or with an error of the given names. @returns undefined where it refused */
export async function answerOf<Answer>(
  parse: () => Answer | Promise<Answer>,
  refusals: readonly string[] = [],
): Promise<Answer | undefined> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof Error) || !refusals.includes(error.name)) throw error;
    expectClearMessage(error.message);
    return undefined;
  } finally {
    expectUnpolluted();
  }
}

/** The problems of a refused input: each with its place and a message for a person, none on more than one line. */
export function expectClearProblems(problems: readonly { readonly path: string; readonly message: string }[]): void {
  expect(problems.length).toBeGreaterThan(0);
  for (const { path, message } of problems) {
    expect(path).not.toBe('');
    expectClearMessage(message);
  }
}

/** How Markdown is built, whatever its texts say: what GitHub makes of it, by a parser of its own. */
export function markdownShape(text: string): string {
  return shapeOfTokens(marked.lexer(text, { gfm: true }));
}

function shapeOfTokens(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      switch (token.type) {
        case 'space':
          return '';
        case 'text':
        case 'escape':
          return 'tokens' in token && token.tokens ? shapeOfTokens(token.tokens) : 'T';
        case 'html':
          return token.raw.startsWith('<!--') ? '<!-->' : (token.raw.match(/<\/?\w+/g) ?? []).join('');
        case 'table':
          return `table(${[token.header, ...token.rows]
            .map((row: { tokens: Token[] }[]) => row.map((cell) => shapeOfTokens(cell.tokens)).join('|'))
            .join('/')})`;
        case 'list':
          return `list(${token.items.map((item: { tokens: Token[] }) => shapeOfTokens(item.tokens)).join('/')})`;
        case 'link':
          // That an address is one harms nobody.
          return String(token.href).startsWith('mailto:') ? 'T' : 'LINK';
        default:
          return `${token.type}(${'tokens' in token && token.tokens ? shapeOfTokens(token.tokens) : ''})`;
      }
    })
    .join('')
    .replaceAll(/T+/g, 'T');
}

/** How a page is built, whatever its texts say: tags and the names of their attributes, as a browser would read it. */
export function htmlShape(page: string): string {
  return shapeOfNode(parseHtml(page));
}

type Node = DefaultTreeAdapterMap['node'];

function shapeOfNode(node: Node): string {
  if (node.nodeName === '#text') return '';
  const names = 'attrs' in node ? node.attrs.map(({ name }) => name).join(' ') : '';
  const within = 'childNodes' in node ? node.childNodes.map(shapeOfNode) : [];
  // How many things there are to choose among depends on how many are called alike.
  const distinct = node.nodeName === 'select' ? [...new Set(within)] : within;
  return `<${node.nodeName} ${names}>${distinct.join('')}</>`;
}

/** What a spreadsheet takes for a formula. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** A table as a spreadsheet reads it (RFC 4180). @returns its rows */
export function expectPlainCsv(text: string): string[][] {
  const rows: string[][] = parseCsv(text, { relax_quotes: false, relax_column_count: false });
  for (const cell of rows.flat()) {
    expect(cell).not.toMatch(FORMULA);
    expect(cell).not.toMatch(OBEYED);
  }
  return rows;
}

/** JSON that reads back as what was written, and that a screen can be shown. */
export function expectFaithfulJson(text: string, value: unknown): void {
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
  expectShownText(text);
}

/** The answer to an input: taken, or refused with clear problems. */
export function expectAnswered(check: unknown): void {
  if (typeof check !== 'object' || check === null || !('ok' in check)) throw new Error('there is no answer');
  if (check.ok === false && 'problems' in check && Array.isArray(check.problems)) expectClearProblems(check.problems);
  else expect(check.ok).toBe(true);
}
