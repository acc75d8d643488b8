import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allCommands } from '../support/reached.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One command line of this package, as a page of the documentation has it. */
export interface DocCommand {
  /** Such as `docs/faq.md:13`. */
  readonly place: string;
  /** As it is written. */
  readonly line: string;
  /** After `imds-rollout`, without a redirection. */
  readonly words: readonly string[];
  /** `schedule create` */
  readonly command: string;
  /** Of the help of its command. */
  readonly isExample: boolean;
  /** Where `>` sends the output. */
  readonly into?: string;
}

/** Every command line of the README, of docs/ and of the help of each command. */
export async function docCommands(): Promise<DocCommand[]> {
  const pages = ['README.md', ...(await readdir(join(ROOT, 'docs'))).map((name) => `docs/${name}`)].filter((page) =>
    page.endsWith('.md'),
  );
  const found = await Promise.all(
    pages.map(async (page) => commandsIn(page, await readFile(join(ROOT, page), 'utf8'))),
  );
  return [...found.flat(), ...helpCommands()];
}

function commandsIn(page: string, text: string): DocCommand[] {
  let inShell = false;
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*```/.test(line)) inShell = /^\s*```(sh|shell|bash|console)\b/.test(line);
    return inShell ? parseLine(`${page}:${index + 1}`, line, false) : [];
  });
}

function helpCommands(): DocCommand[] {
  return allCommands().flatMap(({ name, command }) => {
    let help = '';
    command.configureOutput({ writeOut: (part) => (help += part) });
    command.outputHelp();
    return [...help.matchAll(/^ {2}\$ (.*)$/gm)].flatMap(([, line = '']) => parseLine(`${name} --help`, line, true));
  });
}

function parseLine(place: string, written: string, isExample: boolean): DocCommand[] {
  const line = written.trim().replace(/^\$ /, '');
  const [, , rest] = /^((?:[A-Z_]+=\S+ )*)(?:npx )?imds-rollout (.*)$/.exec(line) ?? [];
  if (rest === undefined) return [];
  const words: string[] = [];
  let into: string | undefined;
  const tokens = [...rest.matchAll(/"([^"]*)"|'([^']*)'|(#.*$)|(\S+)/g)];
  for (const [index, [token, double, single, comment]] of tokens.entries()) {
    if (comment !== undefined || token === '&' || token === '|' || token === '&&') break;
    if (token === '>') {
      into = tokens[index + 1]?.[0];
      break;
    }
    words.push(double ?? single ?? token);
  }
  const known = allCommands().find(({ name }) => `${words.slice(0, 2).join(' ')} `.startsWith(`${name} `));
  return [
    { place, line, words, command: known?.name ?? words[0] ?? '', isExample, ...(into !== undefined && { into }) },
  ];
}
