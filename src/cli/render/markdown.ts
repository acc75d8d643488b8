import { cleanLine } from './clean.js';

/** A table of plain texts, and the empty line after it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(asText))), ''];
}

/** Names and reasons come from anywhere: nothing of them is markup. */
export function asText(text: string): string {
  return cleanLine(text).replaceAll(/[\\`*_{}[\]<>|#~&]/g, (char) => `\\${char}`);
}
