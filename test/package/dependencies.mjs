// What the package brings to whoever installs it: each production dependency with its size on disk, its licence and its last
// release; what npm audit says; and that nothing of it runs at install. `npm run deps`; needs the registry.
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pMap from 'p-map';
import { installScripts } from './packed.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Questions to the registry at once. */
const AT_ONCE = 4;

const read = async (path) => JSON.parse(await readFile(join(ROOT, path), 'utf8'));
const manifest = await read('package.json');
const { packages } = await read('package-lock.json');

const rows = await pMap(Object.keys(manifest.dependencies), describe, { concurrency: AT_ONCE });
const everything = new Set(Object.keys(manifest.dependencies).flatMap((name) => [...closure(locate(name, ''))]));
print([['package', 'version', 'alone', 'with its own', 'licence', 'last release'], ...rows]);
process.stdout.write(
  `\n${everything.size} packages, ${megabytes(await sizeOf(everything))}; @temporalio/* are peers, and not counted.\n`,
);

const running = [...everything].filter((path) => packages[path].hasInstallScript);
const own = installScripts(manifest);
process.stdout.write(
  `At install, this package runs ${own.join(', ') || 'nothing'}; its dependencies: ${running.join(', ') || 'nothing'}.\n`,
);

const audit = await auditProduction();
process.stdout.write(`npm audit: ${audit.says}\n`);
if (audit.found || own.length > 0) process.exitCode = 1;

async function describe(name) {
  const path = locate(name, '');
  const { version, license } = packages[path];
  const { 'dist-tags.latest': latest, time } = await npm(['view', name, 'dist-tags.latest', 'time']);
  const released = `${time[latest].slice(0, 10)}${latest === version ? '' : ` (${latest})`}`;
  return [name, version, megabytes(await sizeOf([path])), megabytes(await sizeOf(closure(path))), license, released];
}

/** Where Node finds a package that another one imports. @returns {string} its key in the lock file */
function locate(name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '')
      throw new Error(`${name}, which ${from || 'this package'} needs, isn't in package-lock.json: npm install`);
  }
}

function closure(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const name of Object.keys(packages[path].dependencies ?? {})) closure(locate(name, path), seen);
  return seen;
}

/** Bytes of files, without packages inside. */
async function sizeOf(paths) {
  let bytes = 0;
  for (const path of paths) {
    for (const entry of await readdir(join(ROOT, path), { recursive: true, withFileTypes: true })) {
      const folder = entry.parentPath ?? entry.path;
      if (!entry.isFile() || folder.slice(join(ROOT, path).length).includes('/node_modules')) continue;
      bytes += (await stat(join(folder, entry.name))).size;
    }
  }
  return bytes;
}

/** @returns {Promise<{ says: string, found: boolean }>} */
async function auditProduction() {
  const { metadata, message } = await npm(['audit', '--omit=dev']);
  if (metadata === undefined) return { says: `this registry gives none (${message}); ask another one`, found: false };
  const { total, ...bySeverity } = metadata.vulnerabilities;
  const named = Object.entries(bySeverity).filter(([, count]) => count > 0);
  return {
    says:
      total === 0
        ? 'no known vulnerability'
        : `${named.map(([name, count]) => `${count} ${name}`).join(', ')}; npm audit --omit=dev names them`,
    found: total > 0,
  };
}

/** What npm answers as JSON, also where it ends with another code than 0, as an audit that has found something does. */
async function npm(args) {
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)('npm', [...args, '--json'], options).catch((error) => error);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`npm ${args.join(' ')} gave no answer: is the registry reachable?`);
  }
}

function print(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    );
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 100_000 ? 2 : 1)} MB`;
}
