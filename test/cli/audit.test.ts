import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { AuditJson } from '../../src/cli/json/audit.js';
import { auditCsv } from '../../src/cli/render/audit.js';
import { type SimulatedFleet, startFleet } from './processes.js';
import { parseJson, runCommand, temporaryFile } from './support.js';

const REGIONS = ['--regions', 'us-east-1,eu-west-1'];

const FLEET = {
  fleet: [
    { region: 'us-east-1', prefix: 'web-', count: 2 },
    { region: 'us-east-1', prefix: 'safe-', count: 1, options: { httpTokens: 'required' as const } },
    { region: 'us-east-1', prefix: 'own-', count: 1, tags: { 'imds-rollout': 'skip' } },
    { region: 'eu-west-1', prefix: 'web-', count: 1 },
  ],
};

const audit = (fleet: SimulatedFleet, ...args: string[]) => runCommand(['audit', ...args], { env: fleet.env });

it('shows how every instance stands, without a Temporal server, and changes nothing', async () => {
  const fleet = await startFleet(FLEET);
  const end = await audit(fleet, ...REGIONS);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(end.stdout).toMatch(/1 +compliant\n +1 +exempt\n +0 +unknown\n +3 +noncompliant/);
  expect(end.stdout).toMatch(/✘ eu-west-1\/web-1 +httpTokens optional → required/);
  expect(end.stdout).toMatch(/– us-east-1\/own-1 +opted out by tag/);
  expect(end.stdout).not.toContain('safe-1');
  expect(await fleet.calls('UpdateInstanceMetadataOptions')).toEqual([]);
  const json = parseJson(await audit(fleet, ...REGIONS, '--json', '--hop-limit', '2'));
  expect(json).toMatchObject({
    policy: { httpPutResponseHopLimit: 2 },
    counts: { noncompliant: 4, exempt: 1, unknown: 0, compliant: 0 },
    instances: expect.arrayContaining([expect.objectContaining({ name: 'safe-1', posture: 'noncompliant' })]),
  });
});

it('fails where it is told to, and with a baseline only for what has become worse', async () => {
  const fleet = await startFleet(FLEET);
  const failOn = [...REGIONS, '--fail-on', 'noncompliant'];
  const first = await audit(fleet, ...failOn, '--json');
  expect(first).toMatchObject({ code: 4, stderr: expect.stringContaining('Failing: 3 instances.') });
  const baseline = ['--baseline', await temporaryFile('baseline.json', first.stdout)];
  expect(await audit(fleet, ...failOn, ...baseline)).toMatchObject({ code: 0, stderr: '' });
  const url = `${fleet.url}/_sim/instances/${fleet.account}/us-east-1/safe-1`;
  await fetch(url, { method: 'PATCH', body: JSON.stringify({ metadataOptions: { httpTokens: 'optional' } }) });
  const worse = await audit(fleet, ...failOn, ...baseline, '--json');
  expect(worse).toMatchObject({ code: 4, stderr: expect.stringContaining('Worse than in the baseline: 1 instance.') });
  expect(parseJson(worse)).toMatchObject({ worse: [{ before: 'compliant', now: 'noncompliant' }] });
});

it('names a region that can not be read, shows the others, and ends with 2', async () => {
  const fleet = await startFleet({
    ...FLEET,
    faults: [{ operation: 'GetInstances', region: 'eu-west-1', effect: { error: 'AccessDeniedException' } }],
  });
  const end = await audit(fleet, ...REGIONS);
  expect(end.code).toBe(2);
  expect(end.stderr).toMatch(/! eu-west-1 can't be read: AccessDeniedException/);
  expect(end.stdout).toMatch(/in us-east-1\n[\s\S]*us-east-1\/web-1/);
  const none = await audit(fleet, '--regions', 'eu-west-1');
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(/Nothing is known of any region/);
});

it('holds the instances of a spec against its options and exceptions', async () => {
  const fleet = await startFleet(FLEET);
  const spec = await fleet.spec({
    targets: { regions: ['us-east-1'], exclude: { names: ['own-*'] } },
    exceptions: [{ names: ['web-2'], reason: 'old agent' }],
  });
  const json = parseJson(await audit(fleet, spec, '--json'));
  expect(json).toMatchObject({
    counts: { noncompliant: 1, exempt: 1, compliant: 1, unknown: 0 },
    regions: ['us-east-1'],
  });
});

it('writes a table for spreadsheets in which nothing is a formula', async () => {
  const fleet = await startFleet({ fleet: [{ region: 'us-east-1', prefix: 'web-', count: 1 }] });
  const path = await temporaryFile('audit.csv', '');
  expect(await audit(fleet, '--regions', 'us-east-1', '--format', 'csv', '-o', path)).toMatchObject({ code: 0 });
  const [head, row] = (await readFile(path, 'utf8')).split('\n');
  expect(head).toBe(
    'account,region,name,posture,why,httpTokens,httpEndpoint,httpPutResponseHopLimit,httpProtocolIpv6,state,blueprint,createdAt,arn',
  );
  expect(row).toContain(`${fleet.account},us-east-1,web-1,noncompliant,`);
  const json = parseJson(await audit(fleet, '--regions', 'us-east-1', '--json')) as AuditJson;
  const instances = json.instances.map((entry) => ({
    ...entry,
    name: '=cmd()',
    blueprint: '@sum',
    why: 'a "quoted", one',
  }));
  const cells = auditCsv({ ...json, instances });
  expect(cells).toContain(`,us-east-1,'=cmd(),noncompliant,"a ""quoted"", one",`);
  expect(cells).toContain(",'@sum,");
});

it.each([
  [[], 'Name the regions'],
  [['--regions', 'us-east-1a'], 'regions such as us-east-1'],
  [['--regions', 'us-east-1', '--hop-limit', '65'], 'from 1 to 64'],
  [['--regions', 'us-east-1', '--fail-on', 'bad'], 'Allowed choices'],
  [['--regions', 'us-east-1', '--baseline', '/nowhere.json'], "can't be read"],
])('is refused with the remedy: %j', async (args, says) => {
  const end = await runCommand(['audit', ...args]);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toContain(says);
});
