import { readFile } from 'node:fs/promises';
import { init, parse } from 'es-module-lexer';
import { beforeAll, expect, it } from 'vitest';

const MAIN = new URL('../../dist/cli/main.js', import.meta.url);

/** Where the lexer stands on an `import` that is no `import()`. */
const STATIC = -1;

beforeAll(async () => void (await init));

/** Packages that are loaded before the command line is read: by whatever leads to them without an `import()`. */
async function packagesAtStart(from: URL, seen = new Set<string>()): Promise<Set<string>> {
  const packages = new Set<string>();
  if (seen.has(from.href)) return packages;
  seen.add(from.href);
  const [imports] = parse(await readFile(from, 'utf8'));
  for (const { n: name = '', d: kind } of imports) {
    if (kind !== STATIC || name.startsWith('node:')) continue;
    if (name.startsWith('.')) for (const each of await packagesAtStart(new URL(name, from), seen)) packages.add(each);
    else packages.add(name);
  }
  return packages;
}

it('a command loads what it needs, and --help nothing of Temporal, AWS or schemas', async () => {
  expect([...(await packagesAtStart(MAIN))].sort()).toEqual([
    '@noble/hashes/utils.js',
    'commander',
    'fast-string-truncated-width',
    'leven',
    'picocolors',
  ]);
});
