import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { type SimulatedFleet, startFleet } from './processes.js';
import { parseJson, runCommand, temporaryFile } from './support.js';

const FLEET = {
  fleet: [
    { region: 'us-east-1', prefix: 'busy-', count: 2, tokenless: 12 },
    { region: 'us-east-1', prefix: 'dark-', count: 1, tokenless: null },
    { region: 'us-east-1', prefix: 'safe-', count: 1, options: { httpTokens: 'required' as const } },
    { region: 'us-east-1', prefix: 'web-', count: 2 },
  ],
};
const REGION = ['--regions', 'us-east-1'];
const USED =
  /4\d{3} calls without a token in the last 14d, the last after \d{4}-\d\d-\d\d \d\d:00 UTC, data of 336 of 336 hours/
    .source;

const run = (fleet: SimulatedFleet, ...args: string[]) => runCommand(args, { env: fleet.env });

function deny(fleet: SimulatedFleet) {
  const fault = { operation: 'GetInstanceMetricData', effect: { error: 'AccessDeniedException' } };
  return fetch(`${fleet.url}/_sim/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

it('a plan names the hosts that evidence leaves alone, and those that it lets pass, in every format', async () => {
  const fleet = await startFleet(FLEET);
  const spec = await fleet.spec({ evidence: { allow: ['busy-2'] } });
  const text = await run(fleet, 'plan', spec);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(new RegExp(`us-east-1/busy-1  blocked\\(evidence\\)  ${USED}`));
  expect(text.stdout).toMatch(
    /us-east-1\/dark-1 {2}blocked\(evidence\) {2}no evidence: MetadataNoToken has no data points/,
  );
  expect(text.stdout).toMatch(
    new RegExp(`allowed  1 instance in these stages by evidence.allow\\n  us-east-1/busy-2  ${USED}`),
  );
  const markdown = await run(fleet, 'plan', spec, '--format', 'markdown');
  expect(markdown.stdout).toMatch(new RegExp(`### allowed[\\s\\S]*\\| us-east-1/busy-2 \\| ${USED} \\|`));
  expect(markdown.stdout).toMatch(new RegExp(`\\| us-east-1/busy-1 \\| blocked\\(evidence\\) \\| ${USED} \\|`));
  expect(parseJson(await run(fleet, 'plan', spec, '--json'))).toMatchObject({
    counts: { instances: 6, changes: 3, compliant: 1, blocked: 2 },
    allowed: [{ account: fleet.account, region: 'us-east-1', name: 'busy-2', detail: expect.stringMatching(USED) }],
    settled: expect.arrayContaining([expect.objectContaining({ name: 'busy-1', outcome: 'blocked(evidence)' })]),
  });
});

it('a plan without the permission names region and permission, and is none', async () => {
  const fleet = await startFleet(FLEET);
  await deny(fleet);
  const end = await run(fleet, 'plan', await fleet.spec());
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/the usage of 5 instances in us-east-1 can't be read: AccessDeniedException/);
  expect(end.stderr).toMatch(/Allow lightsail:GetInstanceMetricData there, or do without \(evidence: off\)/);
  expect(await run(fleet, 'plan', await fleet.spec({ evidence: 'off' }))).toMatchObject({ code: 0 });
});

it('audit --usage shows calls and last use of every instance that may answer them; no data is never 0', async () => {
  const fleet = await startFleet(FLEET);
  const text = await run(fleet, 'audit', ...REGION, '--usage');
  expect(text).toMatchObject({ code: 0, stderr: '' });
  const last = /the last after \d{4}-\d\d-\d\d \d\d:00 UTC, data of 336 of 336 hours/.source;
  expect(text.stdout).toMatch(new RegExp(`us-east-1/busy-1  4\\d{3} calls, ${last}  httpTokens optional → required`));
  expect(text.stdout).toMatch(/us-east-1\/dark-1 {2}no data +httpTokens/);
  expect(text.stdout).toMatch(/us-east-1\/web-1 +0 calls, data of 336 of 336 hours +httpTokens/);
  expect(text.stdout).not.toContain('safe-1');
  const csv = await temporaryFile('usage.csv', '');
  await run(fleet, 'audit', ...REGION, '--usage', '--format', 'csv', '-o', csv);
  const lines = (await readFile(csv, 'utf8')).split('\n');
  expect(lines[0]).toContain(',httpProtocolIpv6,tokenlessCalls,lastTokenlessCall,hoursWithData,expectedHours,state,');
  expect(lines.find((line) => line.includes(',dark-1,'))).toContain(',no data,,,,running,');
  expect(lines.find((line) => line.includes(',web-1,'))).toContain(',0,,336,336,running,');
  expect(lines.find((line) => line.includes(',safe-1,'))).toContain(',,,,,running,');
});

it('audit --usage reads back as far as it is told, as JSON, and hosts as wanted too while they answer', async () => {
  const fleet = await startFleet(FLEET);
  const wanted = ['--http-endpoint', 'enabled'];
  const json = parseJson(await run(fleet, 'audit', ...REGION, ...wanted, '--usage', '--lookback', '60d', '--json'));
  const whole = { hours: 1_440 - 1, expected: 1_440 - 1 };
  const usageOf = (name: string, usage: unknown) => expect.objectContaining({ name, usage });
  expect(json).toMatchObject({
    usage: { lookback: '60d', unread: [] },
    instances: expect.arrayContaining([
      usageOf('busy-1', { calls: expect.any(Number), lastUsed: expect.stringMatching(/:00:00\.000Z$/), ...whole }),
      usageOf('dark-1', { unknown: 'MetadataNoToken has no data points' }),
      usageOf('web-1', { calls: 0, lastUsed: null, ...whole }),
      usageOf('safe-1', null),
    ]),
  });
  const text = await run(fleet, 'audit', ...REGION, ...wanted, '--usage');
  expect(text.stdout).toMatch(/✔ us-east-1\/busy-1 +4\d{3} calls/);
});

it('audit --usage tells whose usage can not be read, and ends with 2', async () => {
  const fleet = await startFleet(FLEET);
  await deny(fleet);
  const end = await run(fleet, 'audit', ...REGION, '--usage');
  expect(end.code).toBe(2);
  expect(end.stderr).toMatch(/! the usage of 5 instances in us-east-1 can't be read: AccessDeniedException/);
  expect(end.stdout).toMatch(/us-east-1\/web-1 +unread +httpTokens/);
});

it.each([
  [['--lookback', '14d'], 'add --usage'],
  [['--usage', '--lookback', '61d'], 'from 1h to 60d'],
])('audit with %j is refused with the remedy', async (args, says) => {
  const end = await runCommand(['audit', ...REGION, ...args]);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toContain(says);
});
