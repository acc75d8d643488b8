import { readFile } from 'node:fs/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../../src/cli/program.js';
import { startSimulator } from '../../src/simulator/index.js';
import { specFile, temporaryFile } from './support.js';

const SPEC = { name: 'idle', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } } as const;

/** Runs a command line in this process; it must reach nothing. @returns what it says on stderr */
async function refusal(...args: string[]): Promise<string> {
  let said = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  onTestFinished(() => write.mockRestore());
  expect(await run(['node', 'imds-rollout', ...args])).toBe(2);
  write.mockRestore();
  return said;
}

const spec = () => specFile({ ...SPEC, targets: { regions: ['us-east-1'] } });

it('a flag that would do nothing is refused, with what would give it something to do', async () => {
  const path = await spec();
  const config = ['--config', 'worker.yaml'];
  expect(await refusal('plan', path, '--remote', ...config)).toMatch(/has no use for --config: leave it out/);
  expect(await refusal('plan', path, '--tls', '--api-key', 'x', '--task-queue', 'q')).toMatch(
    /has no use for --task-queue and --api-key and --tls: add --remote, or leave them out/,
  );
  expect(await refusal('start', path, '--yes', ...config)).toMatch(/no use for --config: leave --yes out/);
  expect(await refusal('retry', 'id', '--yes', ...config)).toMatch(/no use for --config: leave --yes out/);
  expect(await refusal('rollback', 'id', '--dry-run', '--wait')).toMatch(/no use for --wait: leave --dry-run out/);
  expect(await refusal('doctor', '--live-test', 'web-1', '--address', 'a:1')).toMatch(/no use for --address/);
  const audit = ['iam-policy', '--mode', 'audit'];
  expect(await refusal(...audit, '--regions', 'us-east-1', '--tag-condition', 'a=b')).toMatch(
    /no use for --regions and --tag-condition: use --mode rollout, or leave them out/,
  );
  expect(await refusal('worker', '--health', '127.0.0.1:0', '--health-port', '0')).toMatch(/cannot be used with/);
  // One that is asked for must not be passed over for one of its own.
  for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE']) vi.stubEnv(name, '');
  vi.stubEnv('TEMPORAL_CONFIG_FILE', await temporaryFile('temporal.toml', '[profile.default]\n'));
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const task of [[path, '--yes'], ['--resume'], ['--keep']]) {
    expect(await refusal('run', ...task, '--namespace', 'prod', '--tls', '--data-converter', 'x')).toMatch(
      /has no use for --namespace and --tls: add --address host:port, or leave them out/,
    );
  }
});

it.each([
  [['plan', 'spec.yaml', '--format', 'markdwon'], /Did you mean markdown\? Allowed choices are text, markdown/],
  [['audit', '--fail-on', 'noncomplient'], /Did you mean noncompliant\?/],
  [['worker', '--log-level', 'warning'], /Allowed choices are debug, info, warn, error/],
  [['worker', '--log-format', 'jsno'], /Did you mean json\?/],
  [['plan', 'spec.yaml', '--tls-ca-pat', 'x'], /Did you mean --tls-ca-path\?/],
])('a typo in a value gets a suggestion: %j', async (args, says) => {
  expect(await refusal(...args)).toMatch(says);
});

it('an audit is written over nothing but another, and the role of the own account is refused before anything is read', async () => {
  const account = '123456789012';
  const simulator = await startSimulator({ scenario: { accounts: [{ id: account }], fleet: [] } });
  onTestFinished(() => simulator.close());
  for (const [name, value] of Object.entries(simulator.env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const other = await temporaryFile('notes.txt', 'mine');
  expect(await refusal('audit', '--regions', 'us-east-1', '-o', other)).toMatch(/is no audit, so it was left as it is/);
  expect(await readFile(other, 'utf8')).toBe('mine');

  const role = `arn:aws:iam::${account}:role/imds-rollout`;
  const config = await temporaryFile('worker.json', JSON.stringify({ accounts: { [account]: { role } } }));
  for (const command of [['plan', await spec()], ['audit', '--regions', 'us-east-1'], ['doctor']]) {
    expect(await refusal(...command, '--config', config)).toMatch(
      new RegExp(`Account ${account} is the one of this command's own credentials, so it can have no role`),
    );
  }
  expect(simulator.state.calls({ operation: 'GetInstances' })).toEqual([]);
});
