/** As a POSIX shell takes it for one word. @example shellWord("it's") // `'it'\\''s'` */
export function shellWord(text: string): string {
  return /^[\w./:@=+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same for a word that names something: what looks like a flag is none. */
export function shellName(text: string): string {
  return /^-./.test(text) ? `-- ${shellWord(text)}` : shellWord(text);
}
