/**
 * The last step of the build: bundles the compiled workflows, so that no worker has to. The bundle is named after the SDK
 * that it was made with, and used with no other: see src/workflow-bundle.ts.
 */
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { bundlePath, PREFIX } from '../dist/workflow-bundle.js';
import { workflowsPath } from '../dist/workflows-path.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = new URL('../dist/', import.meta.url);
const SOURCE_MAP = 'sourceMappingURL=data:application/json;charset=utf-8;base64,';

/** A source map that names files and lines, for stack traces, without the files' texts and where this machine keeps them. */
function slim(code) {
  const start = code.lastIndexOf(SOURCE_MAP) + SOURCE_MAP.length;
  if (start < SOURCE_MAP.length) throw new Error('the bundle has no source map, and the SDK wants one');
  const { sourcesContent: _, sources, ...map } = JSON.parse(Buffer.from(code.slice(start), 'base64'));
  const named = { ...map, sources: sources.map((source) => source.replace(ROOT, '')) };
  return code.slice(0, start) + Buffer.from(JSON.stringify(named)).toString('base64');
}

/** What the bundle is made of and by: compiled files, the packages as npm has installed them last, and this script. */
async function sources() {
  const names = (await readdir(DIST, { recursive: true })).filter(
    (name) => /\.js$/.test(name) && !name.startsWith(PREFIX),
  );
  return [
    ...names.map((name) => join(fileURLToPath(DIST), name)),
    join(ROOT, 'node_modules/.package-lock.json'),
    fileURLToPath(import.meta.url),
  ];
}

/** In milliseconds since 1970. */
async function lastChange() {
  const times = await Promise.all((await sources()).map(async (path) => (await stat(path)).mtimeMs));
  return Math.max(...times);
}

// A build that has changed nothing leaves the bundle alone: others may just be reading it.
const bundled = await stat(bundlePath()).catch(() => undefined);
if (bundled === undefined || bundled.mtimeMs < (await lastChange())) {
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: new DefaultLogger('WARN') });
  for (const name of await readdir(DIST)) if (name.startsWith(PREFIX)) await rm(new URL(name, DIST));
  await writeFile(bundlePath(), slim(code));
}
