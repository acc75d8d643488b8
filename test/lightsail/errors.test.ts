import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DENIED_NAMES,
  GONE_NAMES,
  LAPSED_NAMES,
  type ProblemKind,
  REJECTED_NAMES,
  SESSION_RENEWED,
  SETUP_NAMES,
  SIGNATURE_NAMES,
  THROTTLED_NAMES,
  TRANSIENT_INPUT_TEXTS,
  TRANSIENT_NAMES,
  UNKNOWN_KEY_NAMES,
  WRITE_REFUSED,
} from '../../src/lightsail/error-names.js';
import { areKeysLapsed, classifyError, describeProblem, mayHaveTakenEffect } from '../../src/lightsail/index.js';

function serviceError(name: string, { status = 400, message = 'no', code = '' } = {}): Error {
  return Object.assign(new Error(message), { name, code, $metadata: { httpStatusCode: status, requestId: 'req-1' } });
}

function networkError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:443`), { code });
}

const tables: Record<ProblemKind, readonly string[]> = {
  throttled: THROTTLED_NAMES,
  'setup-in-progress': SETUP_NAMES,
  credentials: [...LAPSED_NAMES, ...UNKNOWN_KEY_NAMES],
  denied: DENIED_NAMES,
  gone: GONE_NAMES,
  transient: TRANSIENT_NAMES,
  rejected: REJECTED_NAMES,
};

describe('an error is classified by its name, whatever its status', () => {
  const named = Object.entries(tables).flatMap(([kind, names]) => names.map((name) => [name, kind] as const));

  test.each(named)('%s is %s', (name, kind) => {
    for (const status of [400, 401, 403, 404, 428, 429, 500, 503]) {
      expect(classifyError(serviceError(name, { status }))).toEqual({ kind, name, message: 'no', requestId: 'req-1' });
    }
    expect(classifyError(Object.assign(new Error('no'), { name })).kind).toBe(kind);
  });

  test('each name stands in one list', () => {
    const names = Object.values(tables).flat();
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test('the names in lightsail-api.md are all known', () => {
    const contract: Record<string, ProblemKind> = {
      ServiceException: 'transient',
      InternalFailure: 'transient',
      ServiceUnavailable: 'transient',
      SyntaxError: 'transient',
      ThrottlingException: 'throttled',
      AccountSetupInProgressException: 'setup-in-progress',
      RegionSetupInProgressException: 'setup-in-progress',
      OperationFailureException: 'transient',
      InvalidInputException: 'rejected',
      NotFoundException: 'gone',
      AccessDeniedException: 'denied',
      UnauthenticatedException: 'credentials',
      UnrecognizedClientException: 'credentials',
      InvalidClientTokenId: 'credentials',
      OptInRequired: 'denied',
      NotAuthorized: 'denied',
      ExpiredToken: 'credentials',
      ExpiredTokenException: 'credentials',
      RequestExpired: 'credentials',
    };
    for (const [name, kind] of Object.entries(contract))
      expect(classifyError(serviceError(name)).kind, name).toBe(kind);
  });
});

describe("what is said of the caller's keys", () => {
  test.each([
    ...LAPSED_NAMES.map((name) => [name, 'no', true] as const),
    ...UNKNOWN_KEY_NAMES.map((name) => [name, 'no', false] as const),
    ['InvalidSignatureException', 'Signature expired: 20261130T210000Z is now earlier than 20261130T211500Z', true],
    ['CredentialsProviderError', 'The SSO session associated with this profile has expired.', true],
    ['CredentialsProviderError', 'Could not load credentials from any providers', false],
    ['AccessDeniedException', 'the ticket has expired', false],
  ] as const)('%s (%s) is told apart: lapsed %s', (name, message, isLapsed) => {
    expect(areKeysLapsed(classifyError(serviceError(name, { message })))).toBe(isLapsed);
  });
});

describe('a name that is not known', () => {
  test.each([
    [400, 'rejected'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'rejected'],
    [408, 'transient'],
    [429, 'throttled'],
    [500, 'transient'],
    [502, 'transient'],
    [599, 'transient'],
  ])('goes by status %i as %s', (status, kind) => {
    expect(classifyError(serviceError('SomethingNew', { status })).kind).toBe(kind);
    expect(classifyError(serviceError('constructor', { status })).kind).toBe(kind);
  });

  test.each([
    [undefined],
    [null],
    ['boom'],
    [7],
    [Symbol('s')],
    [{}],
    [() => 1],
    [new Error('?')],
    [new TypeError('?')],
  ])('is transient without a status: %s', (thrown) => {
    const problem = classifyError(thrown);
    expect(problem.kind).toBe('transient');
    expect(problem.name).not.toBe('');
    expect(mayHaveTakenEffect(problem)).toBe(true);
  });
});

describe('network faults', () => {
  const codes = ['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'EHOSTUNREACH'];

  test.each(codes)('%s is transient under its own name', (code) => {
    const problem = classifyError(networkError(code));
    expect(problem).toEqual({ kind: 'transient', name: code, message: `connect ${code} 127.0.0.1:443` });
    expect(mayHaveTakenEffect(problem)).toBe(true);
  });

  test('a host with several addresses tells of the first one', () => {
    const fault = Object.assign(new AggregateError([networkError('ECONNREFUSED')]), { code: 'ECONNREFUSED' });
    expect(describeProblem(classifyError(fault))).toBe('ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:443');
  });
});

describe('the text decides', () => {
  test.each(['ServiceException', 'InvalidInputException', 'OperationFailureException', 'Error'])(
    '%s that says DoesNotExist is gone',
    (name) => {
      expect(classifyError(serviceError(name, { message: 'InstanceDoesNotExist: web-1' })).kind).toBe('gone');
      expect(classifyError(serviceError(name, { code: 'DoesNotExist' })).kind).toBe('gone');
    },
  );

  test.each(['AccessDeniedException', 'ThrottlingException', 'RegionSetupInProgressException', 'SyntaxError'])(
    '%s is never gone',
    (name) => {
      expect(classifyError(serviceError(name, { message: 'DoesNotExist' })).kind).not.toBe('gone');
    },
  );

  test.each(TRANSIENT_INPUT_TEXTS)('InvalidInputException with "%s" is transient and has had no effect', (text) => {
    const problem = classifyError(serviceError('InvalidInputException', { message: `Sorry. ${text}.` }));
    expect(problem.kind).toBe('transient');
    expect(mayHaveTakenEffect(problem)).toBe(false);
    expect(classifyError(serviceError('AccessDeniedException', { message: text })).kind).toBe('denied');
  });
});

test.each(SIGNATURE_NAMES)('%s is tried again once the SDK has corrected its clock', (name) => {
  const error = Object.assign(new Error('Signature expired'), { name, $metadata: { clockSkewCorrected: true } });
  const problem = classifyError(error);
  expect(problem.kind).toBe('transient');
  expect(mayHaveTakenEffect(problem)).toBe(false);
});

test('only transient problems may have taken effect, but for a session that is opened anew and what was never sent', () => {
  const effects = Object.entries(tables).map(([kind, names]) => [
    kind,
    names.filter((name) => mayHaveTakenEffect(classifyError(serviceError(name)))),
  ]);
  expect(Object.fromEntries(effects)).toEqual({
    throttled: [],
    'setup-in-progress': [],
    credentials: [],
    denied: [],
    gone: [],
    transient: TRANSIENT_NAMES.filter((name) => name !== SESSION_RENEWED && name !== WRITE_REFUSED),
    rejected: [],
  });
});

describe('a description', () => {
  test('is one line with name, message and request ID', () => {
    const problem = classifyError(serviceError('AccessDeniedException', { message: 'User is\n not  authorized' }));
    expect(describeProblem(problem)).toBe('AccessDeniedException: User is not authorized (request req-1)');
  });

  test('leaves out what is not known', () => {
    expect(describeProblem({ kind: 'transient', name: 'ETIMEDOUT', message: '' })).toBe('ETIMEDOUT');
  });
});

test('anything thrown becomes bounded plain data on one line', () => {
  const thrower = fc.constant(
    new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no member for you');
      },
    }),
  );
  const errorLike = fc.record(
    {
      name: fc.anything(),
      message: fc.oneof(fc.string({ maxLength: 2_000 }), fc.anything()),
      code: fc.anything(),
      errors: fc.anything(),
      $metadata: fc.oneof(fc.record({ requestId: fc.anything(), httpStatusCode: fc.anything() }), fc.anything()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), errorLike, thrower), (thrown) => {
      const problem = classifyError(thrown);
      expect(JSON.parse(JSON.stringify(problem))).toEqual(problem);
      expect(Object.keys(tables)).toContain(problem.kind);
      expect([...problem.message].length).toBeLessThanOrEqual(300);
      expect(describeProblem(problem)).not.toMatch(/[\r\n]/);
      expect(typeof mayHaveTakenEffect(problem)).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});
