import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../output.js';
import { cutToWidth, widest } from '../render/columns.js';

/** A part of the screen that is drawn over again and again. */
export interface Frame {
  /** Draws it in one write, and only what has changed. No line may wrap, so a longer one is cut. */
  draw(lines: readonly string[]): void;
  /** Leaves the last picture where it is, and the cursor below. May be followed by another `draw`, below that. */
  done(): void;
}

const ESC = '\u001b[';
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
/** Terminals that know it show all of a frame at once; the others ignore it. https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036 */
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;

/** Starts a frame where the cursor is, which stands at the start of a line. */
export function openFrame({ stream, glyphs }: Pick<Output, 'stream' | 'glyphs'>): Frame {
  let drawn: readonly string[] = [];
  let drawnAt = '';
  let isHidden = false;
  const showCursor = (): void => {
    if (isHidden) stream.write(SHOW_CURSOR);
    isHidden = false;
    process.off('exit', showCursor);
  };
  return {
    draw: (lines) => {
      const width = stream.columns || 80;
      const size = `${width}x${stream.rows}`;
      const next = lines.map((line) => glyphs(cutLine(line, width)));
      const isResized = drawn.length > 0 && size !== drawnAt;
      const patch = isResized ? erase(drawn, width) + patchOf([], next) : patchOf(drawn, next);
      drawn = next;
      drawnAt = size;
      if (patch === '') return;
      const hide = isHidden ? '' : HIDE_CURSOR;
      if (!isHidden) process.on('exit', showCursor);
      isHidden = true;
      stream.write(BEGIN + hide + patch + END);
    },
    done: () => {
      drawn = [];
      showCursor();
    },
  };
}

/** From one picture to the next, with the cursor below each; empty where they are the same. */
function patchOf(before: readonly string[], next: readonly string[]): string {
  const first = next.findIndex((line, index) => line !== before[index]);
  const from = first < 0 ? next.length : first;
  if (from === next.length && before.length === next.length) return '';
  const up = before.length - from;
  // The line is erased first: after its last column, erasing to its end would take that one too.
  const lines = next.slice(from).map((line, index) => (line === before[from + index] ? '\n' : `${ESC}2K${line}\n`));
  return `${up > 0 ? `${ESC}${up}A` : ''}\r${lines.join('')}${next.length < before.length ? `${ESC}J` : ''}`;
}

/** Takes a picture away whose lines a terminal that became narrower has broken anew. */
function erase(drawn: readonly string[], width: number): string {
  const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widest([line]) / width)), 0);
  return `${ESC}${rows}A\r${ESC}J`;
}

function cutLine(line: string, width: number): string {
  return widest([line]) <= width ? line : cutToWidth(stripVTControlCharacters(line), width);
}
