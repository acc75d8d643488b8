import { RegionName } from '@aws-sdk/client-lightsail';
import { describe, expect, test } from 'vitest';
import { isTimeZone } from '../../src/activities/calendar.js';
import { LIGHTSAIL_REGIONS, regionProblem } from '../../src/rollout/regions.js';
import { TIME_ZONES, timeZoneProblem } from '../../src/rollout/time-zones.js';
import { input, refusalOf } from './builders.js';

const windows = (timezone: string) => input({ windows: [{ days: ['mon'], from: '09:00', to: '16:00', timezone }] });
const freeze = (timezone: string) => input({ freeze: [{ from: '2026-12-20', to: '2026-12-21', timezone }] });

describe('a time zone', () => {
  test.each(['UTC', 'Europe/Stockholm', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta', 'Etc/GMT-2', 'US/Eastern'])(
    '%s is one',
    (name) => {
      expect([refusalOf(windows(name)), refusalOf(freeze(name))]).toEqual(['accepted', 'accepted']);
    },
  );

  test.each([
    ['Europe/Stockhlom', /did you mean "Europe\/Stockholm"\?$/],
    ['europe/stockholm', /did you mean "Europe\/Stockholm"\?$/],
    ['America/NewYork', /did you mean "America\/New_York"\?$/],
    ['Local', /^\S+ must be an IANA time zone such as Europe\/Stockholm or UTC/],
    ['UTC+2', /an offset is none$/],
    ['GMT-5', /an offset is none$/],
    ['CEST', /^\S+ must be an IANA time zone/],
    ['Mars/Phobos', /^\S+ must be an IANA time zone/],
  ])('%s is none, in windows and freezes', (name, says) => {
    expect(refusalOf(windows(name))).toMatch(/^windows\[0\]\.timezone: /);
    expect(refusalOf(windows(name))).toMatch(says);
    expect(refusalOf(freeze(name))).toMatch(says);
  });

  test('of those that are known, each one is known to the machines that compute with it', () => {
    expect(TIME_ZONES.length).toBeGreaterThan(500);
    expect(TIME_ZONES.filter((name) => !isTimeZone(name))).toEqual([]);
    expect(TIME_ZONES.filter((name) => timeZoneProblem(name) !== undefined)).toEqual([]);
  });
});

describe('a region', () => {
  const inRegions = (regions: unknown, fields: object = {}) => input({ targets: { regions, ...fields } });

  test.each([
    ['eu-wset-1', 'eu-west-1'],
    ['us-esat-1', 'us-east-1'],
    ['us-east-11', undefined],
    ['moon-farside-1', undefined],
    ['eu-west-9', 'eu-west-1'],
  ])('%s is none', (name, meant) => {
    const refusal = refusalOf(inRegions(['us-east-1', name]));
    expect(refusal).toMatch(/^targets\.regions\[1\]: /);
    if (meant !== undefined) expect(refusal).toContain(`did you mean "${meant}"?`);
  });

  test('that AWS has added since is taken where the spec says so', () => {
    expect(refusalOf(inRegions(['mx-central-1']))).toMatch(
      /no region of Lightsail that this version knows.*unknownRegions: allow$/,
    );
    expect(refusalOf(inRegions(['mx-central-1'], { unknownRegions: 'allow' }))).toBe('accepted');
    expect(refusalOf(inRegions('all'))).toBe('accepted');
  });

  test('of the SDK is known', () => {
    expect([...LIGHTSAIL_REGIONS].sort()).toEqual(Object.values(RegionName).sort());
  });
});

test('a name that is near no region is refused without a suggestion', () => {
  expect(regionProblem('moon')).toMatch(/^"moon" is no region of Lightsail that this version knows\. One that AWS/);
});
