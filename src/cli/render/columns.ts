import measure from 'fast-string-truncated-width';

/** Columns that a text takes on a terminal: colours take none, East Asian characters and emoji two. */
function lengthOf(text: string): number {
  return measure(text).width;
}

const CUT = { ellipsis: '…', ellipsisWidth: 1 } as const;

/** Cuts a plain line (no colours yet) to so many columns. @example cutToWidth('abcdef', 4) // 'abc…' */
export function cutToWidth(line: string, width: number): string {
  const { index, truncated } = measure(line, { limit: Math.max(0, width), ...CUT });
  // It may count half of a character that takes two units.
  const kept = line.slice(0, index).replace(/[\uD800-\uDBFF]$/, '');
  return truncated ? `${kept}${width > 0 ? CUT.ellipsis : ''}` : line;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - lengthOf(text))) + text;
}

/** The widest of some texts, in columns. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0);
}

/** Rows of plain cells as lines: each column as wide as its widest cell, the last one cut to the width. */
export function columns(rows: readonly (readonly string[])[], width: number, indent = '  '): string[] {
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: count }, (_, column) => widest(rows.map((row) => row[column] ?? '')));
  return rows.map((row) => {
    const line = row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('  ');
    return cutToWidth(indent + line.trimEnd(), width);
  });
}

/** Breaks a text at blanks, so that no line is wider; later lines are indented by `hang`. */
export function wrap(text: string, width: number, hang = ''): string[] {
  const lines: string[] = [];
  const [first = '', ...words] = text.trimStart().split(' ');
  let line = text.slice(0, text.length - text.trimStart().length) + first;
  for (const word of words) {
    const next = `${line} ${word}`;
    if (lengthOf(next) > width) {
      lines.push(line);
      line = hang + word;
    } else {
      line = next;
    }
  }
  return [...lines, line];
}
