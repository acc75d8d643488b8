import { describe, expect, test } from 'vitest';
import { describeIssue, problemsOf } from '../../src/rollout/spec-problems.js';
import { input, MINIMAL, refusalOf } from './builders.js';

const { regions } = MINIMAL.targets;
const targeting = (fields: Readonly<Record<string, unknown>>) => input({ targets: { regions, ...fields } });
const staging = (...stages: readonly unknown[]) => input({ stages });
const rest = { name: 'rest', size: 'rest' };
const ANY_SIZE =
  'a count of at least 1 (5), a share over 0 % (20%), so many per value of a key (1 per tag:app, 1 per blueprint, 1 per scope), or rest';

describe('what is no spec at all', () => {
  test.each([
    [null, '(spec): must be an object, but is empty (null)'],
    [undefined, '(spec): is missing: give an object'],
    [[], '(spec): must be an object, but is a list'],
    ['name: x', '(spec): must be an object, but is text'],
    [7, '(spec): must be an object, but is a number'],
    [{}, 'name: is missing: give text\noptions: is missing: give an object\ntargets: is missing: give an object'],
  ])('%j', (given, refusal) => {
    expect(refusalOf(given)).toBe(refusal);
  });
});

describe('an unknown field is refused with its path, the known ones, and a suggestion for a typo', () => {
  test.each([
    [input({ optoins: {} }), 'optoins: unknown field "optoins", did you mean "options"? Known here: name, options,'],
    [
      input({ options: { httpToken: 'required' } }),
      'options.httpToken: unknown field "httpToken", did you mean "httpTokens"?',
    ],
    [
      input({ options: { HttpTokens: 'required' } }),
      'options.HttpTokens: unknown field "HttpTokens", did you mean "httpTokens"?',
    ],
    [targeting({ region: 'us-east-1' }), 'targets.region: unknown field "region", did you mean "regions"?'],
    [staging({ name: 'canary', sise: 1, size: 1 }, rest), 'stages[0].sise: unknown field "sise", did you mean "size"?'],
    [
      input({ overrides: [{ match: { name: ['a'] }, options: { httpTokens: 'optional' } }] }),
      'overrides[0].match.name: unknown field "name", did you mean "names"? Known here: names, tags',
    ],
    [input({ failure: { maximum: 1 } }), 'failure.maximum: unknown field "maximum". Known here: max, maxTotal, revert'],
    [
      input({ concurrency: { totl: 5 } }),
      'concurrency.totl: unknown field "totl", did you mean "total"? Known here: total, perScope',
    ],
    [
      input({ concurrency: { totl: 5, perScope: 'x' } }),
      'concurrency.totl: unknown field "totl", did you mean "total"?',
    ],
    [input({ wholly: 'unlike' }), 'wholly: unknown field "wholly". Known here: name, options,'],
    [input({ aproval: {} }), 'aproval: unknown field "aproval". Known here:'],
    [staging({ ...rest, aproval: {} }), 'stages[0].aproval: unknown field "aproval", did you mean "approval"?'],
    [input({ 'two\nlines': 1 }), '["two\\nlines"]: unknown field "two\\nlines".'],
    [input({ '': 1 }), '[""]: unknown field "".'],
    [JSON.parse('{"name":"a","__proto__":{"name":"b"}}'), '__proto__: unknown field "__proto__".'],
    [targeting({ constructor: 1 }), 'targets.constructor: unknown field "constructor".'],
  ])('%j', (given, refusal) => {
    expect(refusalOf(given)).toContain(refusal);
  });

  test('each of several on its own line', () => {
    expect(refusalOf(input({ nmae: 1, optoins: 2 })).split('\n')).toEqual([
      expect.stringContaining('nmae: unknown field "nmae", did you mean "name"?'),
      expect.stringContaining('optoins: unknown field "optoins", did you mean "options"?'),
    ]);
  });

  test('a name of any length is cut', () => {
    expect(refusalOf(input({ ['x'.repeat(10_000)]: 1 })).length).toBeLessThan(500);
  });
});

describe("roles, credentials and addresses are sent to the worker's configuration, and their values are never repeated", () => {
  const SECRET = 'arn:aws:iam::1:role/SECRET';
  test.each([
    'role',
    'roles',
    'roleArn',
    'role_arn',
    'externalId',
    'external_id',
    'accessKeyId',
    'aws_secret_access_key',
    'secretAccessKey',
    'sessionToken',
    'AWS_SESSION_TOKEN',
    'token',
    'apiKey',
    'api-key',
    'password',
    'header',
    'headers',
    'authorization',
    'webhook',
    'notifyWebhook',
    'webhookUrl',
  ])('%s', (field) => {
    const places = [
      [field, input({ [field]: SECRET })],
      [`targets.${field}`, targeting({ [field]: { a: SECRET } })],
      [`stages[0].${field}`, staging({ ...rest, [field]: [SECRET] })],
      [`concurrency.${field}`, input({ concurrency: { total: 1, [field]: SECRET } })],
      [`failure.${field}`, input({ failure: { [field]: SECRET } })],
      [`targets.include.${field}`, targeting({ include: { names: ['a'], [field]: SECRET } })],
    ] as const;
    for (const [path, given] of places) {
      const refusal = refusalOf(given);
      expect(refusal).toContain(`${path}: "${field}" doesn't belong in a spec`);
      expect(refusal).toContain("the worker's configuration");
      expect(refusal).not.toContain('SECRET');
    }
  });

  test('in a health check and in a notification', () => {
    const check = { http: { url: SECRET, headers: { authorization: SECRET } } };
    const refusal = refusalOf(input({ health: { checks: [check] }, notify: { webhook: SECRET } }));
    expect(refusal).toContain('health.checks[0].http.headers: "headers" doesn\'t belong in a spec');
    expect(refusal).toContain('notify.webhook: "webhook" doesn\'t belong in a spec');
    expect(refusal).not.toContain('SECRET');
  });
});

describe('accounts and regions', () => {
  const ACCOUNT = 'must be an account ID of 12 digits, in quotes, such as "111122223333"';
  const REGIONS = 'must be a list of regions, such as [us-east-1], or all';
  test.each([
    [targeting({ accounts: [111122223333] }), `targets.accounts[0]: ${ACCOUNT}`],
    [targeting({ accounts: ['1111-2222-3333'] }), `targets.accounts[0]: ${ACCOUNT}`],
    [targeting({ accounts: '111122223333' }), 'targets.accounts: must be a list, but is text'],
    [targeting({ accounts: [] }), 'targets.accounts: must name at least one account; leave it out for'],
    [targeting({ accounts: ['111122223333', '111122223333'] }), 'targets.accounts: 111122223333 is named twice'],
    [targeting({ regions: 'al' }), `targets.regions: ${REGIONS}`],
    [targeting({ regions: 7 }), `targets.regions: ${REGIONS}`],
    [targeting({ regions: null }), `targets.regions: ${REGIONS}`],
    [targeting({ regions: [] }), 'targets.regions: must name at least one region'],
    [targeting({ regions: ['all'] }), 'targets.regions[0]: must be a region; for every one write regions: all'],
    [targeting({ regions: undefined }), 'targets.regions: is missing: give a list of regions'],
    [
      input({ options: { httpProtocolIpv6: 'enabled' }, targets: { regions: 'all' } }),
      'options.httpProtocolIpv6: exists in eu-north-1 only',
    ],
  ])('%j', (given, says) => {
    const refusal = refusalOf(given);
    expect(refusal).toContain(says);
    expect(refusal.split('\n')).toHaveLength(1);
  });
});

describe('evidence that means nothing', () => {
  const ALLOWED = 'must be off, or an object with lookback, max, onExceed, onUnknown and allow';
  const LOOKBACK = 'must be a duration such as 30s, 15m, 7h or 14d, at least 1h and at most 60d';
  test.each([
    [false, `evidence: ${ALLOWED}`],
    [null, `evidence: ${ALLOWED}`],
    [['off'], `evidence: ${ALLOWED}`],
    ['of', `evidence: ${ALLOWED}: did you mean "off"?`],
    [{ lookbak: '14d' }, 'evidence.lookbak: unknown field "lookbak", did you mean "lookback"?'],
    [{ lookback: '59m' }, `evidence.lookback: "59m" isn't valid: ${LOOKBACK}`],
    [{ lookback: '61d' }, `evidence.lookback: "61d" isn't valid: ${LOOKBACK}`],
    [{ lookback: 14 }, `evidence.lookback: ${LOOKBACK}`],
    [{ max: -1 }, 'evidence.max: must be at least 0'],
    [{ max: 1.5 }, 'evidence.max: must be a whole number'],
    [{ onExceed: 'allow' }, 'evidence.onExceed: must be block or fail'],
    [{ onUnknown: 'alow' }, 'evidence.onUnknown: must be block, fail or allow: did you mean "allow"?'],
    [{ allow: 'web-3' }, 'evidence.allow: must be a list, but is text'],
    [{ allow: [''] }, 'evidence.allow[0]: must not be empty'],
  ])('%j', (evidence, refusal) => {
    expect(refusalOf(input({ evidence }))).toContain(refusal);
    expect(refusalOf(input({ evidence })).split('\n')).toHaveLength(1);
  });
});

const checking = (...checks: readonly unknown[]) => input({ health: { checks } });
const probing = (url: unknown, more: object = {}) => checking({ http: { url, ...more } });

describe('a health check that means nothing', () => {
  test.each([
    [checking({}), 'health.checks[0]: must have exactly one of status, http and activity'],
    [
      checking({ status: true, activity: { type: 'a', taskQueue: 'b' } }),
      'health.checks[0]: must have exactly one of status, http and activity',
    ],
    [checking({ status: false }), 'health.checks[0].status: must be true; to have no checks, write checks: []'],
    [checking({ status: true, match: {} }), 'health.checks[0].match: selects nothing in particular'],
    [checking({ activity: { type: 'a' } }), 'health.checks[0].activity.taskQueue: is missing: give text'],
    [probing('{publicIpAddress}/health'), 'health.checks[0].http.url: must be an address such as'],
    [probing('ftp://{publicIpAddress}/'), 'health.checks[0].http.url: must be an address such as'],
    [probing('http://ops:pw@{publicIpAddress}/'), 'health.checks[0].http.url: must hold no user name or password'],
    [probing('http://{privateIpAddress}/'), '{privateIpAddress} is unknown. Known here: {publicIpAddress}, {name},'],
    [probing('http://{publicIpAddress}/', { expect: 'ok' }), 'must be a status code such as 200, or same'],
    [probing('http://{publicIpAddress}/', { expect: 99 }), 'must be a status code such as 200, or same'],
    [input({ health: { interval: '1ms' } }), 'health.interval: "1ms" isn\'t valid'],
    [input({ health: { failureThreshold: 0 } }), 'health.failureThreshold: '],
    [input({ health: [] }), 'health: must be an object, but is a list'],
    [input({ notify: { on: ['start'] } }), 'notify.on[0]: '],
    [input({ notify: { activity: { type: '', taskQueue: 'a' } } }), 'notify.activity.type: '],
  ])('%j', (given, refusal) => {
    expect(refusalOf(given)).toContain(refusal);
  });
});

const waiver = { names: ['a'], reason: 'b' };

const office = { days: ['mon'], from: '09:00', to: '16:00', timezone: 'Europe/Stockholm' };
const holidays = { from: '2026-12-20', to: '2027-01-02' };

const refused: readonly (readonly [path: string, given: unknown, message: string])[] = [
  // approvals, windows, freezes
  ['stages[0].approval', staging({ ...rest, approval: null }), 'must be an object, but is empty (null)'],
  ['stages[0].approval.timeout', staging({ ...rest, approval: { timeout: '3 days' } }), 'must be a duration such as'],
  ['stages[0].approval.onTimeout', staging({ ...rest, approval: { onTimeout: 'go' } }), 'must be halt or rollback'],
  ['windows[0].days', input({ windows: [{ ...office, days: [] }] }), 'must name at least one day'],
  ['windows[0].days[0]', input({ windows: [{ ...office, days: ['monday'] }] }), 'must be mon, tue, wed'],
  ['windows[0].from', input({ windows: [{ ...office, from: '9:00' }] }), 'must be a time of day in quotes'],
  ['windows[0].to', input({ windows: [{ ...office, to: '24:00' }] }), 'must be a time of day in quotes'],
  ['windows[0].timezone', input({ windows: [{ ...office, timezone: '+01:00' }] }), 'must be a time zone such as'],
  ['freeze[0].from', input({ freeze: [{ ...holidays, from: '20 Dec' }] }), 'must be a date such as 2026-12-20'],
  ['freeze[0].to', input({ freeze: [{ ...holidays, to: '2026-12-19' }] }), 'is before from'],
  // options
  ['options', input({ options: {} }), 'asks for nothing: set at least one of httpTokens,'],
  ['options', input({ options: null }), 'must be an object, but is empty (null)'],
  ['options.httpTokens', input({ options: { httpTokens: 'on' } }), 'must be optional or required'],
  ['options.httpTokens', input({ options: { httpTokens: null } }), 'must be optional or required'],
  ['options.httpPutResponseHopLimit', input({ options: { httpPutResponseHopLimit: 0 } }), 'must be at least 1'],
  ['options.httpPutResponseHopLimit', input({ options: { httpPutResponseHopLimit: 65 } }), 'must be at most 64'],
  ['options.httpPutResponseHopLimit', input({ options: { httpPutResponseHopLimit: 1.5 } }), 'must be a whole number'],
  [
    'options.httpPutResponseHopLimit',
    input({ options: { httpPutResponseHopLimit: '2' } }),
    'must be a number, but is text',
  ],
  [
    'options.httpProtocolIpv6',
    input({ options: { httpProtocolIpv6: 'enabled' } }),
    'exists in eu-north-1 only: targets.regions must be exactly [eu-north-1]',
  ],
  [
    'options.httpProtocolIpv6',
    input({ options: { httpProtocolIpv6: 'enabled' }, targets: { regions: ['eu-north-1', 'us-east-1'] } }),
    'exists in eu-north-1 only',
  ],
  [
    'overrides[1].options.httpProtocolIpv6',
    input({
      overrides: [
        { match: { names: ['a'] }, options: { httpTokens: 'optional' } },
        { match: { names: ['b'] }, options: { httpProtocolIpv6: 'enabled' } },
      ],
    }),
    'exists in eu-north-1 only',
  ],
  ['overrides[0].options', input({ overrides: [{ match: { names: ['a'] }, options: {} }] }), 'asks for nothing'],
  ['overrides[0].match', input({ overrides: [{ options: { httpTokens: 'optional' } }] }), 'is missing: give an object'],
  // name
  ['name', input({ name: 'Prod IMDSv2' }), 'must be lower-case letters, digits and hyphens, at most 60 characters'],
  ['name', input({ name: '' }), 'must be lower-case letters'],
  ['name', input({ name: 'x'.repeat(61) }), 'must be lower-case letters'],
  ['name', input({ name: 5 }), 'must be text, but is a number: put it in quotes'],
  // targets
  ['targets.regions', input({ targets: {} }), 'is missing: give a list of regions, such as [us-east-1]'],
  ['targets.regions', targeting({ regions: [] }), 'must name at least one region'],
  ['targets.regions', targeting({ regions: 'us-east-1' }), 'must be a list of regions, such as [us-east-1], or all'],
  ['targets.regions[0]', targeting({ regions: ['us-east-1a'] }), 'an availability zone such as us-east-1a is not one'],
  ['targets.regions', targeting({ regions: ['us-east-1', 'us-east-1'] }), 'us-east-1 is named twice'],
  ['targets.include', targeting({ include: {} }), 'selects nothing in particular'],
  ['targets.exclude', targeting({ exclude: { tags: {} } }), 'selects nothing in particular'],
  ['targets.include', targeting({ include: null }), 'must be an object, but is empty (null)'],
  ['targets.include.names', targeting({ include: { names: 'web-*' } }), 'must be a list, but is text'],
  ['targets.include.names', targeting({ include: { names: [] } }), 'must have at least one entry'],
  ['targets.include.names[0]', targeting({ include: { names: [''] } }), 'must not be empty'],
  [
    'targets.include.tags.port',
    targeting({ include: { tags: { port: 80 } } }),
    'put numbers, true and false in quotes',
  ],
  [
    'targets.include.tags.port[0]',
    targeting({ include: { tags: { port: [80] } } }),
    'must be text, but is a number: put it in quotes',
  ],
  ['targets.include.tags.env', targeting({ include: { tags: { env: [] } } }), 'must have at least one entry'],
  ['targets.include.tags["a b"]', targeting({ include: { tags: { 'a b': 1 } } }), 'must be a glob or a list of globs'],
  [
    'targets.include.tags',
    targeting({ include: { names: ['a'], tags: JSON.parse('{"__proto__":"x"}') } }),
    '__proto__ can not be selected by',
  ],
  ['targets.stopped', targeting({ stopped: 'never' }), 'must be last, apply or skip'],
  // exceptions
  [
    'exceptions[0].until',
    input({ exceptions: [{ ...waiver, until: '2026-11-24' }] }),
    'the waiver of a ended on 2026-11-24: renew it or take it out',
  ],
  [
    'exceptions[0].until',
    input({ exceptions: [{ ...waiver, until: '2026-02-30' }] }),
    'must be a date such as 2027-03-01',
  ],
  ['exceptions[0].reason', input({ exceptions: [{ names: ['a'] }] }), 'is missing: give text'],
  ['exceptions[0].names', input({ exceptions: [{ ...waiver, names: [] }] }), 'must have at least one entry'],
  [
    'exceptions[0].reason',
    input({ exceptions: [{ ...waiver, reason: 'x'.repeat(201) }] }),
    'must have at most 200 characters',
  ],
  // stages
  ['stages', staging(), 'must have at least one entry'],
  ['stages', input({ stages: null }), 'must be a list, but is empty (null)'],
  ['stages', staging(...Array.from({ length: 21 }, () => rest)), 'must have at most 20 entries'],
  ['stages[0]', staging('canary'), 'must be an object, but is text'],
  ...[0, -1, '0', '0%', '-5%', '101%', '1.5', '0 per scope', '1 per zone', '1 per tag:', 'all', '', 1e21].map(
    (size) =>
      ['stages[0].size', staging({ name: 'a', size }, rest), `"${size}" isn't valid: must be ${ANY_SIZE}`] as const,
  ),
  ['stages[0].size', staging({ name: 'a', size: null }, rest), `must be ${ANY_SIZE}`],
  ['stages[0].size', staging({ name: 'a' }, rest), `is missing: give ${ANY_SIZE}`],
  ['stages[0].size', staging({ name: 'a', size: 1 }), 'the last stage must have size: rest'],
  [
    'stages[0].size',
    staging(rest, { name: 'late', size: 'rest' }),
    'rest takes all that is left, so it must be the last stage',
  ],
  ['stages[0].match', staging({ ...rest, match: { names: ['a'] } }), 'the last stage takes all that is left'],
  ['stages[1].name', staging({ name: 'rest', size: 1 }, rest), '"rest" is used twice'],
  ['stages[0].name', staging({ name: 'restore', size: 'rest' }), '"restore" is the name of the way back'],
  ['stages[0].name', staging({ name: 'a/b', size: 'rest' }), 'must be letters, digits and hyphens'],
  ...['1 week', '-1s', '5', '366d', '1h30m', ''].map(
    (bake) =>
      [
        'stages[0].bake',
        staging({ ...rest, bake }),
        `"${bake}" isn't valid: must be a duration such as 30s, 15m, 7h or 14d, at most 365d`,
      ] as const,
  ),
  ['stages[0].bake', staging({ ...rest, bake: 3600 }), 'must be a duration such as 30s'],
  ['stages[0].concurrency', staging({ ...rest, concurrency: 0 }), 'must be at least 1'],
  // numbers
  [
    'concurrency',
    input({ concurrency: 0 }),
    'must be at least 1: a rollout of none at a time never ends (pause holds a running one)',
  ],
  ['concurrency', input({ concurrency: 501 }), 'must be at most 500'],
  [
    'concurrency',
    input({ concurrency: 1.5 }),
    'must be a whole number, such as 10, or an object with total and perScope',
  ],
  ['concurrency', input({ concurrency: '5' }), 'must be a whole number, such as 10'],
  ['concurrency', input({ concurrency: null }), 'must be a whole number, such as 10'],
  ['concurrency.total', input({ concurrency: { total: 501 } }), 'must be at most 500'],
  ['concurrency.perScope', input({ concurrency: { perScope: 0 } }), 'must be at least 1'],
  ['rollback.concurrency', input({ rollback: { concurrency: 0 } }), 'must be at least 1'],
  [
    'failure.max',
    input({ failure: { max: -1 } }),
    '"-1" isn\'t valid: must be a count (2) or a share of at most 100 % (10%)',
  ],
  ['failure.max', input({ failure: { max: '101%' } }), 'must be a count (2) or a share'],
  ['failure.maxTotal', input({ failure: { maxTotal: '5%' } }), 'must be a number, but is text'],
  ['failure.revert', input({ failure: { revert: 'all' } }), 'must be none, failed or run'],
  ['failure', input({ failure: 2 }), 'must be an object, but is a number'],
  ['rollback.keepTokens', input({ rollback: { keepTokens: 'yes' } }), 'must be true or false, but is text'],
  ['apply.timeout', input({ apply: { timeout: '0s' } }), 'at least 1ms and at most 365d'],
  ['apply.pollInterval', input({ apply: { pollInterval: '1ms' } }), 'at least 10ms'],
  ['apply.maxErrors', input({ apply: { maxErrors: 0 } }), 'must be at least 1'],
  ['spread[1]', input({ spread: ['scope', 'app'] }), '"app" isn\'t valid: must be blueprint, scope or tag:KEY'],
  ['busy.wait', input({ busy: { wait: 'soon' } }), '"soon" isn\'t valid: must be a duration'],
];

test.each(refused)('refused at %s: %j', (path, given, message) => {
  const lines = refusalOf(given).split('\n');
  expect(lines).toContainEqual(expect.stringContaining(`${path}: `));
  expect(lines.find((line) => line.startsWith(`${path}: `))).toContain(message);
});

describe('what the schemas of this package never say', () => {
  test('is said as well as it goes', () => {
    expect(describeIssue({ code: 'invalid_type', expected: 'date', input: 1n })).toBe('must be date, but is bigint');
    expect(describeIssue({ code: 'invalid_value', values: [], input: 1 })).toBe('must be ');
    expect(describeIssue({ code: 'custom', input: 1 })).toBeUndefined();
  });

  test('has a message for each of the unknown fields, or one for all', () => {
    const issue = { code: 'unrecognized_keys', keys: ['a', 'b'], path: ['spec'], message: 'unknown' } as const;
    expect(problemsOf({ ...issue, keys: [...issue.keys], path: [...issue.path] })).toEqual([
      { path: 'spec.a', message: 'unknown' },
      { path: 'spec.b', message: 'unknown' },
    ]);
  });
});

test('of very many unknown fields only the first ones are looked at for what they may mean', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`nam${'e'.repeat(2 + (n % 2))}${n}`, 1]));
  const lines = refusalOf(input({ ...many, naem: 1 })).split('\n');
  expect(lines).toHaveLength(61);
  expect(lines.at(-1)).toBe(`naem: unknown field "naem". ${lines.at(-1)?.match(/Known here: .*/)?.[0]}`);
  expect(refusalOf(input({ naem: 1 }))).toContain('did you mean "name"?');
});
