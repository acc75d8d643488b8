import pc from 'picocolors';
import { cleanText, safeJson } from '../rollout/clean.js';
import { wrap } from './render/columns.js';
import { speaksUnicode, toAscii } from './render/glyphs.js';

/** What rendering has to know of the place that it renders for. */
export interface Screen {
  /** Functions that colour a text, or leave it as it is. */
  readonly paint: ReturnType<typeof pc.createColors>;
  /** Columns. */
  readonly width: number;
}

/** Where a command writes: to people, and with `--json` one object to programs. */
export interface Output extends Screen {
  readonly json: boolean;
  /** The stream that people read: stdout, or stderr with `--json`. */
  readonly stream: NodeJS.WriteStream;
  /** There is a terminal to draw progress on. */
  readonly isTerminal: boolean;
  /** There is a person to ask: a terminal to read from too. */
  readonly canAsk: boolean;
  /** Turns the signs of rendered text into ones that this terminal has; `print` does so itself. */
  glyphs(text: string): string;
  /** To people. Rendered text: what comes from outside has been cleaned before. */
  print(...lines: readonly string[]): void;
  /** To people, on stderr: a hint beside the output proper. */
  note(text: string): void;
  /** With `--json`: the one object on stdout. */
  result(value: object): void;
}

/** What is no terminal breaks no line and cuts none: it may be searched. */
const PLAIN_WIDTH = Infinity;
const MIN_WIDTH = 40;
const DEFAULT_WIDTH = 80;

export function createOutput(options: { readonly json?: boolean | undefined } = {}): Output {
  const json = options.json ?? false;
  const stream = json ? process.stderr : process.stdout;
  const isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
  const glyphs =
    stream.isTTY === true && !speaksUnicode(process.env, process.platform) ? toAscii : (text: string) => text;
  return {
    json,
    stream,
    isTerminal,
    canAsk: isTerminal && process.stdin.isTTY === true,
    paint: pc.createColors(wantsColor(isTerminal)),
    get width() {
      return isTerminal ? Math.max(MIN_WIDTH, stream.columns || DEFAULT_WIDTH) : PLAIN_WIDTH;
    },
    glyphs,
    print: (...lines) => {
      for (const line of lines) stream.write(`${glyphs(keepColours(line))}\n`);
    },
    note: (text) => {
      const { isTTY, columns } = process.stderr;
      const lines = cleanText(text).split('\n');
      const wrapped = isTTY ? lines.flatMap((line) => wrap(line, columns || DEFAULT_WIDTH, '  ')) : lines;
      process.stderr.write(`${wrapped.join('\n')}\n`);
    },
    result: (value) => {
      if (json) process.stdout.write(`${safeJson(value, 2)}\n`);
    },
  };
}

/** What colours a text, and does nothing else. */
const COLOUR = new RegExp(`(${'\u001b'}\\[[\\d;]*m)`);

/** Rendered text has been cleaned part by part; here nothing can have been forgotten. */
function keepColours(text: string): string {
  const parts = text.split(COLOUR);
  return parts.map((part, index) => (index % 2 === 0 ? cleanText(part) : part)).join('');
}

/** https://no-color.org: set and not empty; FORCE_COLOR goes before the question whether there is a terminal. */
function wantsColor(isTerminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  return isTerminal || (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0');
}
