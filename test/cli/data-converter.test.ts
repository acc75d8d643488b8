import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { expect, it } from 'vitest';
import { loadDataConverter } from '../../src/cli/data-converter.js';
import { explainTemporalError } from '../../src/cli/temporal-errors.js';
import { RolloutClient } from '../../src/client/index.js';

import { searchHistories } from '../support/search-histories.js';
import { temporal } from '../support/temporal.js';
import { until } from '../support/wait.js';
import { startFleet } from './processes.js';
import { parseJson, runCommand, startCommand, temporaryFile } from './support.js';

const MODULE = fileURLToPath(new URL('../fixtures/encryption.mjs', import.meta.url));

it('a rollout and its way back are encrypted on the server, and need the data converter everywhere', async () => {
  const fleet = await startFleet({ count: 3 });
  const { address, client } = temporal();
  const { workflowService, connection } = await client();
  // Lists of other tests are to meet nothing that they can't read.
  const namespace = `encrypted-${fleet.account}`;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const server = ['--address', address, '--namespace', namespace];
  const encrypted = [...server, '--data-converter', MODULE];
  await until(() => workflowService.describeTaskQueue({ namespace, taskQueue: { name: 'any' } }));
  const worker = startCommand(['worker', '--task-queue', fleet.taskQueue, ...encrypted], { env: fleet.env });
  await worker.says(/Worker polls/);
  const spec = await fleet.spec({ stages: [{ name: 'all', size: 'rest' }] });
  const start = ['start', spec, '--task-queue', fleet.taskQueue, '--yes', '--wait', '--json', ...encrypted];
  const end = await runCommand(start);
  expect(end).toMatchObject({ code: 0 });
  expect(parseJson(end)).toMatchObject({ outcome: { status: 'completed', result: { counts: { changed: 3 } } } });

  const id = `imds-rollout-${fleet.name}`;
  const plain = new Client({ connection, namespace });
  const dataConverter = await loadDataConverter(MODULE);
  const reader = new Client({ connection, namespace, ...(dataConverter !== undefined && { dataConverter }) });
  const undo = await new RolloutClient(reader).undoFile({ workflowId: id });
  expect(undo.entries.map(({ target }) => target.name).sort()).toEqual(['web-1', 'web-2', 'web-3']);
  let sealed = 0;
  await searchHistories(reader, new Date(0), (text) => {
    if (text === 'binary/encrypted') sealed += 1;
    return /web-\d|httpTokens/.exec(text)?.[0];
  });
  expect(sealed).toBeGreaterThan(20);

  const blind = new RolloutClient(plain);
  const handle = blind.handle(id);
  for (const read of [() => handle.result(), () => handle.status(), () => blind.undoFile({ workflowId: id })]) {
    const error = explainTemporalError(await read().catch((thrown: unknown) => thrown), { address, namespace });
    expect(error).toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(/binary\/encrypted.*--data-converter/),
    });
  }
  const json = parseJson(await runCommand(['list', '--json', ...server]));
  expect(json).toMatchObject({ rollouts: [{ workflowId: id, name: null, counts: null, encoded: true }] });
  const list = await runCommand(['list', ...server]);
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toMatch(/imds-rollout-cli-\d+[\s\S]*encrypted is shown with .*--data-converter MODULE/);

  const rollback = await runCommand(['rollback', fleet.name, '--yes', '--wait', ...encrypted]);
  expect(rollback).toMatchObject({ code: 0, stdout: expect.stringMatching(/3 restored/) });
  expect((await fleet.instances()).every(({ metadataOptions }) => metadataOptions?.httpTokens === 'optional')).toBe(
    true,
  );
  worker.signal('SIGTERM');
  expect(await worker.ended).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/SIGTERM: [\s\S]*\nWorker stopped\.\n$/),
  });
});

it.each([
  ['a named export', 'export const dataConverter = { payloadCodecs: [] };'],
  ['a default export', 'export default { payloadCodecs: [] };'],
  ['a default export that has it', 'export default { dataConverter: { payloadCodecs: [] } };'],
])('is %s of a module', async (_, text) => {
  expect(await loadDataConverter(await temporaryFile('converter.mjs', text))).toEqual({ payloadCodecs: [] });
});

it('is found in a package too, and may be left out', async () => {
  expect(await loadDataConverter(undefined)).toBeUndefined();
  await expect(loadDataConverter('commander')).rejects.toThrow('--data-converter commander has program, which is');
});

it.each([
  ['nothing of that name', 'export const codec = {};', /exports no dataConverter/],
  ['a mistake in it', 'export const = 1;', /can't be loaded: /],
  [
    'an unknown field',
    'export default { payloadCodec: [] };',
    /has payloadCodec, which is unknown, did you mean payloadCodecs\?/,
  ],
  ['storage elsewhere', 'export default { externalStorage: {} };', /has externalStorage, of which a rollback can't/],
  [
    'a codec that only encodes',
    'export default { payloadCodecs: [{ encode() {} }] };',
    /no list of objects with encode/,
  ],
  ['a path that is not whole', "export default { payloadConverterPath: './x.js' };", /no absolute path/],
  ['no field', 'export default {};', /has none of payloadConverterPath/],
])('a module with %s is refused', async (_, text, says) => {
  const loading = loadDataConverter(await temporaryFile('converter.mjs', text));
  await expect(loading).rejects.toMatchObject({ type: 'BadInput', message: expect.stringMatching(says) });
});

it.each(['./nowhere.js', '/nowhere.js', 'no-such-package'])('%s is not there, and is refused', async (name) => {
  await expect(loadDataConverter(name)).rejects.toMatchObject({
    type: 'BadInput',
    message: expect.stringContaining(name),
  });
});
