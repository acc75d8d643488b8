import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, parse, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SRC = join(ROOT, 'src');

const page = await readFile(join(ROOT, 'docs/architecture.md'), 'utf8');

/** Of the files in src itself, these stand alone in the picture; the others are one part of it. */
const ALONE: readonly string[] = ['version'];
const PACKAGE = 'package';

/** The part of the picture that a file belongs to: its folder in src. */
function partOf(file: string): string {
  const [first = '', ...rest] = relative(SRC, file).split(sep);
  return rest.length > 0 ? first : (ALONE.find((name) => name === parse(first).name) ?? PACKAGE);
}

/** What a file imports from src: every file, and whether nothing but types of it. */
function importsOf(file: string, text: string): { readonly target: string; readonly isTypes: boolean }[] {
  const types = new Map<string, boolean>();
  for (const statement of ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    if (statement.moduleSpecifier === undefined || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const isTypes = ts.isExportDeclaration(statement)
      ? statement.isTypeOnly
      : statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    const { text: name } = statement.moduleSpecifier;
    types.set(name, isTypes && types.get(name) !== false);
  }
  // The compiler's own list has dynamic imports and import types too; what isn't a statement is no mere type.
  return ts
    .preProcessFile(text)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => ({ target: join(dirname(file), fileName), isTypes: types.get(fileName) ?? false }));
}

/** Every arrow between two parts, as `from --> to`, or `from -.-> to` where only types go. */
async function arrowsOfCode(): Promise<string[]> {
  const isTypes = new Map<string, boolean>();
  for (const name of await readdir(SRC, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const file = join(SRC, name);
    const from = partOf(file);
    for (const each of importsOf(file, await readFile(file, 'utf8'))) {
      const to = partOf(each.target);
      const way = `${from} ${to}`;
      if (from !== to) isTypes.set(way, each.isTypes && isTypes.get(way) !== false);
    }
  }
  return [...isTypes].map(([way, onlyTypes]) => way.replace(' ', onlyTypes ? ' -.-> ' : ' --> ')).sort();
}

/** `a --> b & c` is two arrows. */
function arrowsOfPicture(mermaid: string): string[] {
  return [...mermaid.matchAll(/^ *(\w+) (-->|-\.->) (.+)$/gm)]
    .flatMap(([, from, arrow, to = '']) => to.split('&').map((each) => `${from} ${arrow} ${each.trim()}`))
    .sort();
}

const [, picture = ''] = /```mermaid\n(.*?)```/s.exec(page) ?? [];

test('the picture of the architecture has the arrows that the imports make, and no others', async () => {
  expect(arrowsOfPicture(picture)).toEqual(await arrowsOfCode());
});

test('the picture of the architecture has every folder of src', async () => {
  const parts = (await readdir(SRC, { withFileTypes: true })).map((entry) =>
    partOf(join(entry.parentPath, entry.name, entry.isDirectory() ? '_' : '')),
  );
  const named = [...picture.matchAll(/^ *(\w+)\["/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual([...new Set(parts)].sort());
});

test('every file that the page names is there', () => {
  const named = [...page.matchAll(/`([\w-]+(?:\/[\w-]+)*\/(?:[\w-]+\.ts)?)`/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !existsSync(join(name === 'src/' ? ROOT : SRC, name)))).toEqual([]);
});

/** Who may know of this machine's own addresses: whoever listens there, or looks for a Temporal server. For Lightsail no address is special. */
const KNOWS_THIS_MACHINE: Readonly<Record<string, string>> = {
  'activities/screened-lookup.ts': 'a health probe must not reach private addresses',
  'cli/commands/simulator.ts': 'the default of --host',
  'cli/temporal.ts': "Temporal's default address",
  'server/local-server.ts': 'a Temporal server on this machine',
  'server/ports.ts': 'a Temporal server on this machine',
  'server/run-lock.ts': 'a Temporal server on this machine',
};

test('nothing depends on the address of a loopback interface, on a simulator or on a benchmark', async () => {
  const found = new Map<string, string[]>();
  for (const name of await readdir(SRC, { recursive: true })) {
    const path = name.split(sep).join('/');
    if (!path.endsWith('.ts') || /^(simulator|cli\/demo)\//.test(path)) continue;
    const visit = (node: ts.Node): void => {
      const says =
        (ts.isIdentifier(node) && /loopback|simulat(ed|ion)|bench/i.test(node.text)) ||
        (ts.isRegularExpressionLiteral(node) && /127|localhost|loopback/.test(node.text)) ||
        (ts.isStringLiteralLike(node) && /^(127\.|localhost|loopback|::1)/.test(node.text));
      if (says) found.set(path, [...(found.get(path) ?? []), node.getText()]);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(path, await readFile(join(SRC, name), 'utf8'), ts.ScriptTarget.Latest, true));
  }
  expect([...found].filter(([path]) => !(path in KNOWS_THIS_MACHINE))).toEqual([]);
  expect(Object.keys(KNOWS_THIS_MACHINE).filter((path) => !found.has(path))).toEqual([]);
});
