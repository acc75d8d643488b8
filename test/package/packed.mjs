// What the tarball holds: nothing but what is needed, and nothing that isn't declared.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { run, StepFailed } from './processes.mjs';

const PROJECT = 'the tarball';

/** Made by the build out of all workflow code, for one version of the SDK. */
const BUNDLE = /^dist\/workflow-bundle-[\w.-]+\.js$/;

/** All that may be in it. Source maps would add two thirds to it, and dist/ reads as the source does. */
const ALLOWED = [
  /^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/,
  /^docs\/(api\/)?[\w-]+\.md$/,
  /^schema\/[\w-]+\.schema\.json$/,
  /^dist\/[\w/-]+\.(js|d\.ts)$/,
  BUNDLE,
];

/** What npm runs where a package is installed, the last one where that is from git. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/** Packs the project; its prepack script builds it first. @returns {Promise<{ file: string, files: string[], bytes: number }>} */
export async function pack(root, folder) {
  const args = ['pack', '--json', '--pack-destination', folder];
  const said = await run('npm', args, { project: PROJECT, step: 'npm pack', cwd: root });
  // The build may say something before.
  const [{ filename, files, unpackedSize }] = JSON.parse(said.slice(said.indexOf('[\n')));
  return { file: join(folder, filename), files: files.map(({ path }) => path), bytes: unpackedSize };
}

/** @throws {StepFailed} naming each file or import that is too much */
export async function inspect(root, { files }) {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const problems = [
    ...files.filter((file) => !ALLOWED.some((form) => form.test(file))).map((file) => `${file}: not to be shipped`),
    ...files
      .filter((file) => isStale(root, file))
      .map((file) => `${file}: its source is gone; remove dist/, build again`),
    ...(files.filter((file) => BUNDLE.test(file)).length === 1
      ? []
      : ['dist/workflow-bundle-*.js: there must be just one']),
    ...installScripts(manifest).map((name) => `scripts.${name}: runs at install, on other people's machines`),
    ...(await undeclaredImports(root, files, manifest)),
  ];
  if (problems.length > 0) throw new StepFailed(PROJECT, 'contents', problems.join('\n'));
}

/** @returns {string[]} */
export function installScripts({ scripts = {} }) {
  return INSTALL_SCRIPTS.filter((name) => name in scripts);
}

function isStale(root, file) {
  if (!file.startsWith('dist/') || BUNDLE.test(file)) return false;
  return !existsSync(join(root, file.replace(/^dist\//, 'src/').replace(/(\.d\.ts|\.js)$/, '.ts')));
}

/** A package that another one happens to bring would be missed where packages are kept apart, as by pnpm. */
async function undeclaredImports(root, files, manifest) {
  // Its own name stands in messages that say what to import.
  const own = { [manifest.name]: true };
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...own }));
  const problems = [];
  for (const file of files.filter((name) => /^dist\/.*\.(js|d\.ts)$/.test(name) && !BUNDLE.test(name))) {
    for (const name of importedPackages(await readFile(join(root, file), 'utf8'))) {
      if (!isBuiltin(name) && !declared.has(name)) problems.push(`${file}: imports ${name}, which is no dependency`);
    }
  }
  return problems;
}

/** @returns {Set<string>} */
function importedPackages(source) {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const imports = code.matchAll(
    /(?:^|[\s;}])(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)|^import\s*['"]([^'"]+)['"]/gm,
  );
  const specifiers = [...imports].map(([, from, dynamic, bare]) => from ?? dynamic ?? bare);
  const names = specifiers
    .filter((name) => !name.startsWith('.'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return new Set(names);
}
