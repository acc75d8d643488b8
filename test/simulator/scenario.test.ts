import { describe, expect, it } from 'vitest';
import { InvalidScenarioError, parseScenario, startSimulator } from '../../src/simulator/index.js';
import { fleet, rejectionOf } from './support.js';

const YAML = `
seed: 7
latency: { min: 5, max: 20 }
pending: { min: 200, max: 800 }
stale: 0
pageSize: 20
modelledStatus: false
sessionSeconds: 3600
throttle: { ratePerSecond: 50, burst: 50 }
accounts:
  - { id: "111122223333", accessKeyId: AKIASIMULATOR0000001 }
  - { id: "444455556666", roles: [{ name: imds-rollout, externalId: imds-2026 }] }
fleet:
  - { account: "111122223333", region: us-east-1, prefix: web-, count: 30, tags: { env: prod }, blueprint: ubuntu_22_04,
      options: { httpTokens: optional, httpEndpoint: enabled, httpPutResponseHopLimit: 1 }, state: running, tokenless: 0 }
faults:
  - { operation: UpdateInstanceMetadataOptions, instance: "web-7", times: 2, effect: { error: ServiceException } }
  - { operation: GetInstances, region: eu-west-1, effect: { error: AccessDeniedException } }
  - { operation: UpdateInstanceMetadataOptions, probability: 0.05, effect: { applyThenDrop: true } }
`;

function roles(...list: object[]) {
  return { accounts: [{ id: '111122223333', roles: list }] };
}

function faultOn(operation: string, effect: object) {
  return { faults: [{ operation, effect }] };
}

function problemsOf(input: unknown) {
  try {
    parseScenario(input);
  } catch (error) {
    if (error instanceof InvalidScenarioError) return error.problems;
    throw error;
  }
  return [];
}

describe('a scenario', () => {
  it('reads the same from YAML, from JSON, from an object and from its own result', () => {
    const scenario = parseScenario(YAML);
    expect(scenario).toMatchObject({ seed: 7, fleet: [{ prefix: 'web-', count: 30 }] });
    expect(scenario.faults).toHaveLength(3);
    expect(parseScenario(JSON.stringify(scenario))).toEqual(scenario);
    expect(parseScenario(scenario)).toEqual(scenario);
  });

  it('that is empty has defaults for all but instances', () => {
    expect(parseScenario({})).toMatchObject({
      latency: { min: 0, max: 0 },
      pending: { min: 0, max: 0 },
      pageSize: 20,
      accounts: [{ id: '111122223333', accessKeyId: 'AKIASIMULATOR0000001' }],
      fleet: [],
      faults: [],
    });
  });
});

describe('a scenario is refused for', () => {
  const effect = { drop: true } as const;
  const accounts = [{ id: '111122223333' }];
  const update = 'UpdateInstanceMetadataOptions';
  const cases: [string, unknown, string, RegExp][] = [
    ['an unknown key', { sead: 7 }, 'sead', /seed, latency/],
    ['an unknown key in a part', { fleet: [{ ...fleet(), colour: 'red' }] }, 'fleet[0].colour', /prefix/],
    ['a seed that is no whole number', { seed: 1.5 }, 'seed', /whole number/],
    ['min above max', { latency: { min: 2, max: 1 } }, 'latency', /min not above max/],
    ['a negative time', { stale: -1 }, 'stale', /at least 0/],
    ['no page size', { pageSize: 0 }, 'pageSize', /at least 1/],
    ['a rate of 0', { throttle: { ratePerSecond: 0, burst: 1 } }, 'throttle.ratePerSecond', /0/],
    ['half a throttle', { throttle: { ratePerSecond: 1 } }, 'throttle.burst', /number/],
    ['no accounts', { accounts: [] }, 'accounts', /at least 1/],
    ['an account ID that YAML took for a number', { accounts: [{ id: 111122223333 }] }, 'accounts[0].id', /string/],
    ['an account ID that is too short', { accounts: [{ id: '1' }] }, 'accounts[0].id', /12 digits/],
    ['an account twice', { accounts: [...accounts, ...accounts] }, 'accounts', /each account once/],
    ['an unknown account', { fleet: [fleet({ account: '999999999999' })] }, 'fleet[0].account', /111122223333/],
    ['an unknown region', { fleet: [fleet({ region: 'mars-1' })] }, 'fleet[0].region', /eu-north-1/],
    ['a prefix that makes no name', { fleet: [fleet({ prefix: '-' })] }, 'fleet[0].prefix', /letters/],
    ['a missing count', { fleet: [{ region: 'us-east-1', prefix: 'a' }] }, 'fleet[0].count', /number/],
    ['a name made twice', { fleet: [fleet({ count: 11 }), fleet({ prefix: 'web-1', count: 1 })] }, 'fleet', /once/],
    [
      'a bad option',
      { fleet: [{ ...fleet(), options: { httpTokens: 'x' } }] },
      'fleet[0].options.httpTokens',
      /required/,
    ],
    [
      'IPv6 options elsewhere',
      { fleet: [fleet({ options: { httpProtocolIpv6: 'enabled' } })] },
      'fleet[0].options.httpProtocolIpv6',
      /eu-north-1/,
    ],
    ['a session of no time', { sessionSeconds: 0 }, 'sessionSeconds', /at least 1/],
    ['a session of days', { sessionSeconds: 43_201 }, 'sessionSeconds', /at most 43200/],
    ['a role without a name', roles({ externalId: 'imds-2026' }), 'accounts[0].roles[0].name', /string/],
    ['a role name with a space', roles({ name: 'imds rollout' }), 'accounts[0].roles[0].name', /role name/],
    ['an external ID of one letter', roles({ name: 'r', externalId: 'x' }), 'accounts[0].roles[0].externalId', /2 to/],
    ['a role twice', roles({ name: 'r' }, { name: 'r' }), 'accounts[0].roles', /each role name once/],
    ['an unknown key of a role', roles({ name: 'r', id: 1 }), 'accounts[0].roles[0].id', /externalId/],
    ['fewer than no calls', { fleet: [fleet({ tokenless: -1 })] }, 'fleet[0].tokenless', /at least 0/],
    ['calls in words', { fleet: [{ ...fleet(), tokenless: 'none' }] }, 'fleet[0].tokenless', /number/],
    ['a fault without effect', { faults: [{}] }, 'faults[0].effect', /object/],
    ['a fault with two effects', { faults: [{ effect: { ...effect, html502: true } }] }, 'faults[0].effect', /one of/],
    ['health in words', { fleet: [{ ...fleet(), healthy: 'yes' }] }, 'fleet[0].healthy', /boolean/],
    [
      'unhealthy with an unknown key',
      { faults: [{ effect: { unhealthy: { after: 1 } } }] },
      'faults[0].effect.unhealthy',
      /afterMs/,
    ],
    ['an effect that is off', { faults: [{ effect: { drop: false } }] }, 'faults[0].effect.drop', /true/],
    [
      'applied on its own',
      { faults: [{ effect: { ...effect, applied: true } }] },
      'faults[0].effect.applied',
      /html502/,
    ],
    [
      'an early end of a read',
      faultOn('GetInstance', { expiresAfterMs: 1 }),
      'faults[0].operation',
      /^AssumeRole with/,
    ],
    [
      'tokenless calls of a region',
      faultOn('GetRegions', { tokenless: 1 }),
      'faults[0].operation',
      /GetInstance,.* with/,
    ],
    ['tokenless calls below 0', faultOn(update, { tokenless: -1 }), 'faults[0].effect.tokenless', /at least 0/],
    ['an unknown operation', { faults: [{ operation: 'X', effect }] }, 'faults[0].operation', /GetInstances/],
    ['a probability above 1', { faults: [{ probability: 2, effect }] }, 'faults[0].probability', /at most 1/],
    ['times 0', { faults: [{ times: 0, effect }] }, 'faults[0].times', /at least 1/],
    [
      'an error without a name',
      { faults: [{ effect: { error: { message: 'x' } } }] },
      'faults[0].effect.error',
      /name/,
    ],
    [
      'an update effect on a read',
      { faults: [{ operation: 'GetInstance', effect: { stuckPending: true } }] },
      'faults[0].operation',
      new RegExp(update),
    ],
    [
      'an instance where none is named',
      { faults: [{ operation: 'GetInstances', instance: 'web-1', effect }] },
      'faults[0].instance',
      /GetInstance/,
    ],
    ['a glob with braces', { faults: [{ instance: '{a,b}', effect }] }, 'faults[0].instance', /any run/],
    ['a list', [], '', /object/],
    ['nothing', '', '', /object/],
    ['text that is no YAML', 'fleet: [', 'line 1', /YAML/],
    ['a key that is there twice', 'seed: 1\nseed: 2', 'line 2', /YAML/],
  ];

  it.each(cases)('%s', (_name, input, path, allowed) => {
    expect(problemsOf(input)).toContainEqual({
      path,
      problem: expect.stringMatching(/\w/),
      allowed: expect.stringMatching(allowed),
      remedy: expect.stringMatching(/\w/),
    });
  });

  it('all that is wrong with it at once, in a message that can be read', async () => {
    const input = { sead: 1, pageSize: 0, fleet: [{ ...fleet(), region: 'mars-1', account: '999999999999' }] };
    expect(
      problemsOf(input)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['fleet[0].account', 'fleet[0].region', 'pageSize', 'sead']);
    expect(await rejectionOf(startSimulator({ scenario: JSON.parse(JSON.stringify(input)) }))).toMatchObject({
      name: 'InvalidScenarioError',
      type: 'InvalidScenario',
      message: expect.stringMatching(/- pageSize: 0 is not allowed\. Allowed: at least 1\. Change/),
    });
  });

  it('an account ID without quotes, and says to put it in quotes', () => {
    expect(problemsOf('accounts: [{ id: 111122223333 }]')).toMatchObject([{ remedy: 'Put it in quotes' }]);
  });
});
