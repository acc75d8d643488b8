import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliError } from '../../src/cli/errors.js';
import { type AllowFlags, describeSettings, readWorkerSettings } from '../../src/cli/worker-config.js';
import { startFleet } from './processes.js';
import { runCommand, serverFlags, startCommand, temporaryFile } from './support.js';

const NOTHING = { probes: { allowHosts: [], allowPrivate: false }, taskQueues: [] };

const WHOLE = `
probes: { allowHosts: [Health.example.com, 203.0.113.7, "2001:DB8::1"], allowPrivate: true }
taskQueues: [mine, theirs]
`;

async function read(text: string | undefined, flags: AllowFlags = {}, env: Record<string, string> = {}) {
  const config = text === undefined ? {} : { config: await temporaryFile('worker.yaml', text) };
  return readWorkerSettings({ ...config, ...flags }, env);
}

/** What the person at the command line reads, without the folder of the file. */
async function refusal(...args: Parameters<typeof read>): Promise<string> {
  const error: unknown = await read(...args).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CliError);
  expect(error).toMatchObject({ type: 'BadInput' });
  return String(error).replaceAll(/[^\s(]*\/worker\.yaml/g, 'worker.yaml');
}

describe('what a worker allows', () => {
  it('is nothing by default', async () => {
    expect(await read(undefined)).toEqual(NOTHING);
    expect(await read('{}')).toEqual(NOTHING);
    expect(await read('probes: {}', {}, { IMDS_ROLLOUT_NOTIFY_WEBHOOK: '' })).toEqual(NOTHING);
  });

  it('stands in a file, of YAML or JSON', async () => {
    const settings = {
      probes: { allowHosts: ['health.example.com', '203.0.113.7', '2001:db8::1'], allowPrivate: true },
      taskQueues: ['mine', 'theirs'],
    };
    expect(await read(WHOLE)).toEqual(settings);
    expect(await read(JSON.stringify(settings))).toEqual(settings);
  });

  it('is what the file and the flags say, each once', async () => {
    const flags = { allowProbeHost: ['health.example.com', 'api.example.com'], allowTaskQueue: ['mine', 'new'] };
    expect(await read(WHOLE, flags)).toEqual({
      probes: {
        allowHosts: ['health.example.com', '203.0.113.7', '2001:db8::1', 'api.example.com'],
        allowPrivate: true,
      },
      taskQueues: ['mine', 'theirs', 'new'],
    });
    expect(await read('{}', { allowPrivateProbes: true })).toMatchObject({ probes: { allowPrivate: true } });
  });

  it('keeps undo files in the folder of the flag, or of the file', async () => {
    expect((await read('journal: ./kept')).journal).toBe(resolve('kept'));
    expect((await read('journal: ./kept', { journal: '/var/lib/undo' })).journal).toBe('/var/lib/undo');
    expect(describeSettings({ journal: '/var/lib/undo' })).toEqual(['Undo files are kept in /var/lib/undo.']);
    expect((await read('journal: { folder: ./kept }')).journal).toBe(resolve('kept'));
  });

  it('holds rollouts whose undo file can not be written, where the file says so, whichever folder it is', async () => {
    const required = 'journal: { folder: ./kept, required: true }';
    expect((await read(required)).journal).toEqual({ folder: resolve('kept'), required: true });
    const journal = { folder: '/var/lib/undo', required: true };
    expect((await read(required, { journal: '/var/lib/undo' })).journal).toEqual(journal);
    expect(describeSettings({ journal })).toEqual([
      "Undo files are kept in /var/lib/undo, and a rollout waits where its own can't be written.",
    ]);
  });

  it('paces its calls as the file says', async () => {
    const { pacing } = await read('pacing: { ratePerSecond: 2.5 }');
    expect(pacing).toEqual({ ratePerSecond: 2.5, burst: 1 });
    expect(describeSettings({ ...(pacing !== undefined && { pacing }) })).toEqual([
      'Calls to one account and region: at most 2.5 a second, without bursts.',
    ]);
  });

  it('has the roles of other accounts, and shows no external ID', async () => {
    const settings = await read(
      `accounts: { "444455556666": { role: "${ROLE}", externalId: T0PSECRET, regions: [us-east-1] } }`,
    );
    expect(settings.accounts).toEqual({
      444455556666: { role: ROLE, externalId: 'T0PSECRET', regions: ['us-east-1'] },
    });
    expect(describeSettings(settings)).toEqual(['Accounts by role: 444455556666 (us-east-1).']);
  });

  it('is said in a few lines, without the webhook', async () => {
    const settings = await read(WHOLE, {}, { IMDS_ROLLOUT_NOTIFY_WEBHOOK: 'https://hooks.example.com/T0PSECRET' });
    expect(settings.notifyWebhook).toBe('https://hooks.example.com/T0PSECRET');
    const lines = describeSettings(settings);
    expect(lines).toHaveLength(4);
    expect(lines.join()).not.toContain('T0PSECRET');
    expect(describeSettings(NOTHING)).toEqual([]);
    expect(describeSettings({})).toEqual([]);
  });
});

const ROLE = 'arn:aws:iam::444455556666:role/imds-rollout';

describe('a configuration is refused, with the place and the remedy', () => {
  it.each([
    ['accounts: { "4444": { role: arn } }', '4444'],
    [`accounts: { "444455556666": { role: "${ROLE}x", externalID: T0PSECRET } }`, 'did you mean "externalId"?'],
    [`accounts: { "444455556666": { role: "${ROLE}", externalId: "T0P SECRET" } }`, 'externalId: must be 2 to 1,224'],
    ['accounts: { "444455556666": { role: imds-rollout } }', 'role: must be the ARN of a role, such as arn:aws:iam::'],
    [`accounts: { "444455556666": { role: "${ROLE}", regions: [us-east-1a] } }`, 'must be a region such as us-east-1'],
    [`accounts: { "111122223333": { role: "${ROLE}" } }`, "is a role of account 444455556666, and can't be one of"],
    ['pacing: { ratePerSecond: 0 }', 'pacing.ratePerSecond: '],
    ['pacing: { ratePerSecond: 5, burst: 1.5 }', 'pacing.burst: '],
    ['journal: ""', 'journal: '],
    ['journal: { folder: a, require: true }', 'journal.require: unknown field "require", did you mean "required"?'],
    ['journal: { folder: a, required: 1 }', 'journal.required: must be true or false'],
    ['journal: { required: true }', 'journal.folder: is missing'],
    ['notifyWebhook: https://hooks/T0PSECRET', 'set the environment variable IMDS_ROLLOUT_NOTIFY_WEBHOOK'],
    [
      'taskQueue: [mine]',
      'unknown field "taskQueue", did you mean "taskQueues"? Known here: accounts, probes, taskQueues, journal, pacing',
    ],
    ['probes: { allowHost: [a] }', 'probes.allowHost: unknown field "allowHost", did you mean "allowHosts"?'],
    ['password: T0PSECRET', 'unknown field "password". Known here: accounts, probes, taskQueues, journal, pacing'],
    ['taskQueues: mine', 'taskQueues: must be a list, but is text'],
    ['taskQueues: [7]', 'taskQueues[0]: must be text, but is a number: put it in quotes'],
    ['taskQueues: [""]', 'taskQueues[0]: must be the name of a task queue'],
    ['probes: { allowPrivate: "yes" }', 'probes.allowPrivate: must be true or false, but is text'],
    ['probes:', 'probes: must be an object, but is empty (null)'],
    ['', '(file): must be an object, but is empty (null)'],
    ['[]', '(file): must be an object, but is a list'],
    ['probes: { allowHosts: [a }', '(text): '],
    ['taskQueues: [a]\ntaskQueues: [b]', '(text): '],
  ])('%s', async (text, says) => {
    const message = await refusal(text);
    expect(message).toContain(says);
    expect(message).toMatch(/nothing was started:\n {2}\S.* \(worker\.yaml(:\d+:\d+)?\)/);
    expect(message).not.toContain('T0PSECRET');
  });

  it.each([
    'http://example.com',
    'example.com:8080',
    'example.com/health',
    '*.example.com',
    'user@example.com',
    'exa mple.com',
    '{name}.example.com',
    '2130706433',
    '0x7f000001',
    '127.1',
    '[::1',
    '',
  ])('a host that is none: %j', async (host) => {
    const says = 'must be a host as it stands in a URL, such as health.example.com';
    expect(await refusal(JSON.stringify({ probes: { allowHosts: ['ok.example.com', host] } }))).toContain(
      `probes.allowHosts[1]: ${says}`,
    );
    expect(await refusal(undefined, { allowProbeHost: [host] })).toContain(`--allow-probe-host "${host}": ${says}`);
  });

  it('every problem at once, in the order of the file', async () => {
    const message = await refusal('taskQueues: mine\nprobes: { allowPrivate: 1, allowHosts: ["a b"] }\naccounts: []\n');
    expect([...message.matchAll(/worker\.yaml:(\d+:\d+)/g)].map(([, place]) => place)).toHaveLength(4);
    expect(message.indexOf('taskQueues:')).toBeLessThan(message.indexOf('accounts:'));
  });

  it.each([
    'not an address T0PSECRET',
    'ftp://hooks/T0PSECRET',
    'https://user:T0PSECRET@hooks/',
    'hooks.example.com/T0PSECRET',
  ])('a webhook of another form, whose value is not shown (%#)', async (value) => {
    const message = await refusal(undefined, {}, { IMDS_ROLLOUT_NOTIFY_WEBHOOK: value });
    expect(message).toContain('IMDS_ROLLOUT_NOTIFY_WEBHOOK must be an http(s) address');
    expect(message).not.toContain('T0PSECRET');
  });

  it('an empty name of a task queue', async () => {
    expect(await refusal(undefined, { allowTaskQueue: [' '] })).toContain('--allow-task-queue " ": must be the name');
  });
});

describe('imds-rollout worker', () => {
  it.each<[string[], Record<string, string>, RegExp]>([
    [['--config', '/nowhere/worker.yaml'], {}, /\/nowhere\/worker\.yaml can't be read: there is no such file/],
    [['--allow-probe-host', 'http://example.com'], {}, /--allow-probe-host "http:\/\/example\.com": must be a host/],
    [[], { IMDS_ROLLOUT_NOTIFY_WEBHOOK: 'T0PSECRET' }, /IMDS_ROLLOUT_NOTIFY_WEBHOOK must be/],
  ])('ends with 2 before it reaches anything: %j', async (flags, env, says) => {
    const end = await runCommand(['worker', ...flags, '--address', '127.0.0.1:1', '--debug'], { env });
    expect(end).toMatchObject({ code: 2, stderr: expect.stringMatching(says) });
    expect(end.stderr).not.toContain('T0PSECRET');
  });

  it('allows what its file and flags say, and nothing beside', async () => {
    const fleet = await startFleet({ count: 2 });
    const { port } = new URL(fleet.url);
    const config = await temporaryFile('worker.yaml', 'probes: { allowPrivate: true }\n');
    const flags = ['--config', config, '--allow-probe-host', '127.0.0.1', '--allow-task-queue', 'a', 'b'];
    const worker = startCommand(['worker', ...serverFlags(), '--task-queue', fleet.taskQueue, ...flags], {
      env: fleet.env,
    });
    await worker.says(/probes may also go to 127\.0\.0\.1\.[\s\S]*Specs may name activities on a, b\./);
    await worker.says(/Worker polls/);
    const http = { url: `http://127.0.0.1:${port}/_sim/http/{account}/{region}/{name}`, expect: 200 };
    const health = { interval: '150ms', checks: [{ http }] };
    const start = async (checks: typeof health) =>
      runCommand(['start', await fleet.spec({ health: checks }), ...fleet.startFlags, '--watch']);
    expect(await start(health)).toMatchObject({ code: 0, stdout: expect.stringMatching(/2 changed/) });
    const elsewhere = { ...health, checks: [{ http: { ...http, url: 'http://example.com/' } }] };
    const end = await start(elsewhere);
    expect(end.code).toBe(3);
    expect(end.stderr + end.stdout).toMatch(/health\.checks\[0\]\.http\.url: .*--allow-probe-host example\.com/);
  });
});
