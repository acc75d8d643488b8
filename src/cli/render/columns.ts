/** Cuts a plain line (no colours yet) to so many columns. @example fit('abcdef', 4) // 'abc…' */
export function fit(line: string, width: number): string {
  const characters = [...line];
  return characters.length <= width ? line : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - [...text].length)) + text;
}

/** The widest of some plain texts, in columns. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, [...text].length), 0);
}

/** Rows of plain cells as lines: each column as wide as its widest cell, the last one cut to the width. */
export function columns(rows: readonly (readonly string[])[], width: number, indent = '  '): string[] {
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: count }, (_, column) => widest(rows.map((row) => row[column] ?? '')));
  return rows.map((row) => {
    const line = row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('  ');
    return fit(indent + line.trimEnd(), width);
  });
}

/** Breaks a plain text at blanks, so that no line is wider; later lines are indented by `hang`. */
export function wrap(text: string, width: number, hang = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line !== '' && [...next].length > width) {
      lines.push(line);
      line = hang + word;
    } else {
      line = next;
    }
  }
  return [...lines, line];
}

/** @example count(1, 'instance') // '1 instance' */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
