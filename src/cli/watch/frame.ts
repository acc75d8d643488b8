import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../output.js';
import { cutToWidth, widest } from '../render/columns.js';

/** A part of the screen that is drawn over again and again. */
export interface Frame {
  /** Draws it in one write, and only what has changed. No line may wrap, so a longer one is cut. */
  draw(lines: readonly string[]): void;
  /** Leaves the last picture where it is, and the cursor below. May be followed by another `draw`, below that. */
  done(): void;
  /** Takes the picture away. */
  clear(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Starts a frame where the cursor is, which stands at the start of a line. */
export async function openFrame({ stream, glyphs }: Pick<Output, 'stream' | 'glyphs'>): Promise<Frame> {
  const { createLogUpdate } = await import('log-update');
  // It would hide the cursor on another stream, and again with every frame.
  const update = createLogUpdate(stream, { showCursor: true });
  let drawn: readonly string[] = [];
  let drawnAt = 0;
  let isHidden = false;
  const showCursor = (): void => {
    if (isHidden) stream.write(SHOW_CURSOR);
    isHidden = false;
  };
  const forget = (): void => {
    drawn = [];
    update.done();
  };
  const width = () => stream.columns || 80;
  const clear = (): void => {
    if (drawn.length === 0) return;
    // A terminal that became narrower has broken the lines anew.
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widest([line]) / width())), 0);
    stream.write(`\u001b[${rows}A\r\u001b[J`);
    forget();
  };
  return {
    draw: (lines) => {
      if (drawnAt !== width()) clear();
      if (!isHidden) {
        isHidden = true;
        stream.write(HIDE_CURSOR);
        process.once('exit', showCursor);
      }
      drawnAt = width();
      drawn = lines.map((line) => glyphs(cutLine(line, drawnAt)));
      update(drawn.join('\n'));
    },
    clear,
    done: () => {
      forget();
      showCursor();
      process.off('exit', showCursor);
    },
  };
}

function cutLine(line: string, width: number): string {
  return widest([line]) <= width ? line : cutToWidth(stripVTControlCharacters(line), width);
}
