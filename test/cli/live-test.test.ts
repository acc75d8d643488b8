import { describe, expect, it } from 'vitest';
import { startFleet } from './processes.js';
import { parseJson, runCommand } from './support.js';

const OPTIONS = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 2 } as const;

async function liveTest(scenario: Parameters<typeof startFleet>[0], ...flags: string[]) {
  const fleet = await startFleet({
    fleet: [{ region: 'us-east-1', prefix: 'scratch-', count: 1, options: OPTIONS }],
    ...scenario,
  });
  const before = await fleet.instances();
  const args = ['doctor', '--regions', 'us-east-1', '--live-test', 'scratch-1', ...flags];
  const end = await runCommand(args, { env: fleet.env });
  return { fleet, before, end };
}

describe('doctor --live-test', () => {
  it('says of each assumption whether it holds, names nobody, and puts the options back', async () => {
    const { fleet, before, end } = await liveTest({ stale: 300 }, '--yes');
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout.split('\n')).toEqual([
      expect.stringMatching(/^✔ confirmed: an Update that changes nothing is accepted \(applied after \d+\.\d s\)$/),
      expect.stringMatching(/^✔ confirmed: httpEndpoint and httpPutResponseHopLimit keep their values/),
      expect.stringMatching(/^✔ confirmed: a reading right after a write may be stale/),
      expect.stringMatching(/^✔ confirmed: httpTokens left out becomes optional .*it is optional\)$/),
      expect.stringMatching(/^✔ confirmed: the hop limit goes from 1 to 64/),
      expect.stringMatching(/^✔ confirmed: an error of the caller is HTTP 400/),
      expect.stringMatching(/^✔ confirmed: httpProtocolIpv6 exists in eu-north-1 only/),
      expect.stringMatching(/^✔ confirmed: a change needs no restart \(the instance stays running\)$/),
      expect.stringMatching(/^✔ confirmed: MetadataNoToken is an instance metric \(\d+ data points/),
      '✔ the options are as they were before',
      '',
    ]);
    expect(end.stdout).not.toMatch(new RegExp(`scratch|${fleet.account}|arn:`));
    expect(await fleet.instances()).toEqual(before);
  });

  it('ends where a permission is missing, and says so without naming anybody in what it found', async () => {
    const faults = [
      { operation: 'UpdateInstanceMetadataOptions', times: 1, effect: { error: 'AccessDeniedException' } },
    ] as const;
    const { before, fleet, end } = await liveTest({ faults: [...faults] }, '--yes', '--json');
    expect(end.code).toBe(4);
    expect(parseJson(end)).toEqual({
      findings: [
        expect.objectContaining({ check: 'live-test', state: 'failure', what: 'ended by AccessDeniedException' }),
        { check: 'live-test', state: 'ok', what: 'the options are as they were before' },
      ],
    });
    expect(await fleet.instances()).toEqual(before);
  });

  it('calls not seen what one reading can not refute', async () => {
    const { end } = await liveTest({}, '--yes');
    expect(end.stdout).toMatch(/✔ not seen: a reading right after a write may be stale/);
  });

  it('asks first, and tries nothing where there is nobody to ask', async () => {
    const { fleet, end } = await liveTest({});
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing was tried. Add --yes') });
    expect(await fleet.calls('UpdateInstanceMetadataOptions')).toEqual([]);
  });

  it.each([
    ['--regions us-east-1 --live-test nobody-1', 'There is no instance "nobody-1" to try on'],
    ['--regions us-east-1,eu-west-1 --live-test web-1', '"web-1" is in us-east-1/web-1 and eu-west-1/web-1: name one'],
    ['--live-test web-1', 'Say where the instance is: --regions us-east-1'],
  ])('refuses %s', async (flags, says) => {
    const fleet = await startFleet({
      fleet: ['us-east-1', 'eu-west-1'].map((region) => ({ region, prefix: 'web-', count: 1 })),
    });
    const { AWS_REGION: _, AWS_DEFAULT_REGION: __, ...env } = fleet.env;
    const end = await runCommand(['doctor', '--yes', ...flags.split(' ')], { env });
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
    expect(await fleet.calls('UpdateInstanceMetadataOptions')).toEqual([]);
  });
});
