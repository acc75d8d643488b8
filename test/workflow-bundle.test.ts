import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import { expect, it } from 'vitest';

const DIST = new URL('../dist/', import.meta.url);

/** As it is built: there is no bundle beside the source. */
const { bundlePath, prebuiltBundle }: typeof import('../src/workflow-bundle.js') = await import(
  new URL('workflow-bundle.js', DIST).href
);

const plugin = { name: 'ours' };
const plain: WorkerOptions = { taskQueue: 'queue', plugins: [plugin] };
const isOwn = (each: unknown) => each === plugin;

it('a worker without workflows of its own takes the bundle of the build', async () => {
  expect(prebuiltBundle(plain, isOwn)).toEqual({ codePath: bundlePath() });
  const code = await readFile(bundlePath(), 'utf8');
  expect(code).toContain('imdsRolloutBatch');
});

it.each<[string, Partial<WorkerOptions>]>([
  ['workflows', { workflowsPath: '/my/workflows.js' }],
  ['a bundle', { workflowBundle: { codePath: '/my/bundle.js' } }],
  ['bundler options', { bundlerOptions: { ignoreModules: [] } }],
  ['workflow interceptors', { interceptors: { workflowModules: ['/my/interceptors.js'] } }],
  ['a payload converter', { dataConverter: { payloadConverterPath: '/my/converter.js' } }],
  ['a failure converter', { dataConverter: { failureConverterPath: '/my/converter.js' } }],
  ['another plugin, which may bring any of them', { plugins: [plugin, { name: 'theirs' }] }],
])('a worker with %s has its workflows bundled at its start', (_, options) => {
  expect(prebuiltBundle({ ...plain, ...options }, isOwn)).toBeUndefined();
});

it('a payload codec is none of the bundle’s business', () => {
  const payloadCodecs = [{ encode: async () => [], decode: async () => [] }];
  expect(prebuiltBundle({ ...plain, dataConverter: { payloadCodecs } }, isOwn)).toBeDefined();
});

it('the bundle tells nothing of the machine that it was made on', async () => {
  const code = await readFile(bundlePath(), 'utf8');
  const [, map = ''] = code.split('sourceMappingURL=data:application/json;charset=utf-8;base64,');
  const { sources, sourcesContent, mappings } = JSON.parse(Buffer.from(map, 'base64').toString());
  const root = fileURLToPath(new URL('..', import.meta.url));
  expect(code).not.toContain(root);
  expect(sources).toContain('src/workflows/batch.ts');
  expect(sources.filter((source: string) => source.startsWith(root))).toEqual([]);
  expect(sourcesContent).toBeUndefined();
  expect(mappings.length).toBeGreaterThan(1_000);
});
