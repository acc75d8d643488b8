import {
  DENIED_NAMES,
  GONE_NAMES,
  GONE_TEXT,
  KEYS_UNAVAILABLE,
  LAPSED_NAMES,
  LAPSED_TEXT,
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
} from './error-names.js';
import { MAX_MESSAGE_LENGTH, redactLine } from './redact.js';
import { memberOf, textOf } from './untrusted.js';

const MAX_NAME_LENGTH = 100;

/** An error of a Lightsail call, reduced to what decisions and reports need; plain data. */
export interface LightsailProblem {
  readonly kind: ProblemKind;
  /** The service's or the SDK's name of the error; Node's code (`ECONNRESET`) where that is the only name. */
  readonly name: string;
  /** One line of at most 300 characters, without credentials. */
  readonly message: string;
  /** AWS's request ID; network faults have none. */
  readonly requestId?: string;
}

/** Whether keys that are refused have been good once, or can't be had for now; otherwise nobody knows them, or there are none. */
export function areKeysLapsed({ kind, name, message }: LightsailProblem): boolean {
  return kind === 'credentials' && (LAPSED.has(name) || LAPSED_TEXT.test(message));
}

const LAPSED: ReadonlySet<string> = new Set(LAPSED_NAMES);

/** Whether the same call may succeed a moment later, without anybody doing anything about it. */
export function passesByItself({ kind, name }: LightsailProblem): boolean {
  return kind === 'transient' || name === KEYS_UNAVAILABLE;
}

/**
 * What a thrown thing means. Goes by the error's name: `ThrottlingException` has no class in the SDK, and the service
 * answers 400 where its model says 401, 403 or 404. The status decides only where the name is not known. Never throws.
 *
 * @example
 * try { await lightsail.getInstance({ instanceName }); }
 * catch (error) { if (classifyError(error).kind === 'gone') return 'gone'; throw error; }
 */
export function classifyError(error: unknown): LightsailProblem {
  const name = nameOf(error);
  const message = messageOf(error);
  const requestId = textOf(memberOf(memberOf(error, '$metadata'), 'requestId'));
  return {
    kind: kindOf(error, name, message),
    name: redactLine(name, MAX_NAME_LENGTH),
    message: redactLine(message, MAX_MESSAGE_LENGTH),
    ...(requestId !== undefined && { requestId: redactLine(requestId, MAX_NAME_LENGTH) }),
  };
}

/** @example describeProblem(problem) // 'AccessDeniedException: not authorized (request 5d0c…)' */
export function describeProblem({ name, message, requestId }: LightsailProblem): string {
  const what = message === '' ? name : `${name}: ${message}`;
  return requestId === undefined ? what : `${what} (request ${requestId})`;
}

/**
 * Whether a write that ended in this problem may have been carried out all the same. If so, read back before anything
 * is repeated or reported.
 *
 * - Resets, timeouts, aborts, 5xx and broken replies say nothing about what the service did before: true. The same goes
 *   for a refused connection or an unknown host, though they hardly can: a proxy may stand between, a reading is cheap.
 * - `OperationFailureException` ends an operation that had begun: true.
 * - Throttled, denied, rejected and set-up answers, and those about the caller's keys, are given before any work: false. So are the transient forms of
 *   `InvalidInputException` and of a refused signature.
 */
export function mayHaveTakenEffect({ kind, name }: LightsailProblem): boolean {
  return kind === 'transient' && !REFUSED_BEFORE_WORK.has(name);
}

const REFUSED_BEFORE_WORK: ReadonlySet<string> = new Set([
  'InvalidInputException',
  SESSION_RENEWED,
  WRITE_REFUSED,
  ...SIGNATURE_NAMES,
]);

/** A Map, since an error may be named `constructor`. */
const KIND_BY_NAME: ReadonlyMap<string, ProblemKind> = new Map([
  ...entries(THROTTLED_NAMES, 'throttled'),
  ...entries(SETUP_NAMES, 'setup-in-progress'),
  ...entries([...LAPSED_NAMES, ...UNKNOWN_KEY_NAMES], 'credentials'),
  ...entries(DENIED_NAMES, 'denied'),
  ...entries(GONE_NAMES, 'gone'),
  ...entries(TRANSIENT_NAMES, 'transient'),
  ...entries(REJECTED_NAMES, 'rejected'),
]);

/**
 * Kinds that stand, whatever the message says: a denied or throttled read is no proof that an instance is gone. Nor is
 * a SyntaxError, which quotes the broken body.
 */
const FIRM_KINDS: readonly (ProblemKind | undefined)[] = ['throttled', 'setup-in-progress', 'credentials', 'denied'];

function kindOf(error: unknown, name: string, message: string): ProblemKind {
  if (isCorrectedSkew(error, name)) return 'transient';
  const known = KIND_BY_NAME.get(name);
  if (known !== undefined && FIRM_KINDS.includes(known)) return known;
  if (name !== 'SyntaxError' && [name, message, codeOf(error)].some((text) => text?.includes(GONE_TEXT))) return 'gone';
  if (name === 'InvalidInputException' && TRANSIENT_INPUT_TEXTS.some((text) => message.includes(text))) {
    return 'transient';
  }
  return known ?? KIND_BY_NAME.get(codeOf(error) ?? '') ?? kindOfStatus(error);
}

/** The SDK marks the error once it has set its signing clock by the reply; the next request is signed with the right time. */
function isCorrectedSkew(error: unknown, name: string): boolean {
  return SIGNATURE_NAMES.includes(name) && memberOf(memberOf(error, '$metadata'), 'clockSkewCorrected') === true;
}

/** The HTTP status that the service has answered with, if it has. */
export function httpStatusOf(error: unknown): number | undefined {
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

/** Without a known name. No status: nothing is known, so it is tried again. */
function kindOfStatus(error: unknown): ProblemKind {
  const status = httpStatusOf(error);
  if (status === undefined) return 'transient';
  if (status === 429) return 'throttled';
  if (status === 401 || status === 403) return 'denied';
  return status >= 400 && status < 500 && status !== 408 ? 'rejected' : 'transient';
}

function nameOf(error: unknown): string {
  const name = textOf(memberOf(error, 'name')) ?? 'UnknownError';
  // Node's network faults are plain Errors, or AggregateErrors where a host has several addresses, with a code.
  return name === 'Error' || name === 'AggregateError' ? (codeOf(error) ?? name) : name;
}

function messageOf(error: unknown): string {
  if (error === null || (typeof error !== 'object' && typeof error !== 'function')) return String(error);
  const first = memberOf(memberOf(error, 'errors'), '0');
  const message = textOf(memberOf(error, 'message')) ?? textOf(memberOf(first, 'message')) ?? '';
  // What it stumbles over is of the SDK's making, and tells a reader nothing.
  const isStumble = error instanceof TypeError || error instanceof RangeError;
  return isStumble && message.includes(UNREADABLE) ? 'the answer has another form than it should' : message;
}

/** The SDK adds it to what goes wrong in reading a reply. */
const UNREADABLE = 'Deserialization error';

function codeOf(error: unknown): string | undefined {
  return textOf(memberOf(error, 'code'));
}

function entries(names: readonly string[], kind: ProblemKind): [string, ProblemKind][] {
  return names.map((name) => [name, kind]);
}
