/** The signs that this program draws with, each as one that every terminal has, and as wide. */
const ASCII: Readonly<Record<string, string>> = {
  '█': '#',
  '▒': '-',
  '×': 'x',
  '▸': '>',
  '◂': '<',
  '·': '.',
  '━': '=',
  '─': '-',
  '◷': '~',
  '✔': '+',
  '✘': 'x',
  '↺': '<',
  '…': '~',
};

const SIGNS = new RegExp(`[${Object.keys(ASCII).join('')}]`, 'gu');

/** @example toAscii('✔ ██▸··') // '+ ##>..' */
export function toAscii(text: string): string {
  return text.replaceAll(SIGNS, (sign) => ASCII[sign] ?? sign);
}

/**
 * Whether a terminal shows more than ASCII: its locale says so, and on Windows the terminal itself. The console of Linux
 * has few signs in its font.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html (LC_ALL over LC_CTYPE over LANG)
 */
export function speaksUnicode(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return Boolean(env.WT_SESSION || env.TERM_PROGRAM || env.TERM?.startsWith('xterm'));
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  // macOS names no locale in every terminal, and has known nothing but UTF-8 for long.
  const isUtf8 = /utf-?8/i.test(locale) || (locale === '' && platform === 'darwin');
  return isUtf8 && env.TERM !== 'linux';
}
