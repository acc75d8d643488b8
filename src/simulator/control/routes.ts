import { isDeeperThan, MAX_DEPTH } from '../../untrusted/depth.js';
import type { InstanceRef } from '../world/instance.js';
import { InvalidControlInputError, UnknownInstanceError } from './control-errors.js';
import type { InstanceView } from './simulator-state.js';
import type { WorldControl } from './world-control.js';

/** Where the control interface's paths start. */
export const CONTROL_PREFIX = '/_sim/';

/** A request to the control interface. */
export interface ControlRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

/** Its answer, always JSON. */
export interface ControlReply {
  readonly status: number;
  readonly body: object;
}

type Route = (control: WorldControl, request: RouteRequest) => ControlReply;

interface RouteRequest {
  /** The instance in the path. */
  readonly ref: InstanceRef;
  readonly query: URLSearchParams;
  /** The body's JSON. */
  readonly json: () => unknown;
}

/** What follows the first segment in a path that leads to one instance. */
const OF_INSTANCE = '{account}/{region}/{name}';

const ROUTES = new Map<string, Readonly<Record<string, Route>>>([
  [
    'instances',
    {
      GET: (control) => ok(control.instances()),
      POST: (control, { json }) => ({ status: 201, body: control.createInstance(json()) }),
    },
  ],
  [
    `instances/${OF_INSTANCE}`,
    {
      GET: (control, { ref }) => ok(control.requireInstance(ref)),
      PATCH: (control, { ref, json }) => ok(control.patchInstance(ref, json())),
      DELETE: (control, { ref }) => ok(control.deleteInstance(ref)),
    },
  ],
  [`http/${OF_INSTANCE}`, { GET: (control, { ref }) => probe(control.requireInstance(ref)) }],
  [
    'calls',
    {
      GET: (control, { query }) => ok(control.calls({ operation: query.get('operation') ?? undefined })),
      DELETE: (control) => done(() => control.clearCalls()),
    },
  ],
  [
    'faults',
    {
      POST: (control, { json }) => done(() => control.addFault(json())),
      DELETE: (control) => done(() => control.clearFaults()),
    },
  ],
]);

/** Answers a request to the control interface. What is wrong with it is told in `error`, with HTTP 4xx. */
export function handleControl(control: WorldControl, request: ControlRequest): ControlReply {
  try {
    return route(control, request);
  } catch (error) {
    if (error instanceof InvalidControlInputError) {
      return failure(400, error.type, error.message, { problems: error.problems });
    }
    if (error instanceof UnknownInstanceError) return failure(404, error.type, error.message);
    throw error;
  }
}

/** An answer that tells what went wrong. */
export function failure(status: number, type: string, message: string, more: object = {}): ControlReply {
  return { status, body: { error: { type, message, ...more } } };
}

function route(control: WorldControl, { method, url, body }: ControlRequest): ControlReply {
  const { pathname, searchParams: query } = new URL(url, 'http://simulator');
  const segments = pathname.slice(CONTROL_PREFIX.length).split('/').map(decodeSegment);
  const path = segments.length === 4 ? `${segments[0]}/${OF_INSTANCE}` : segments.join('/');
  const methods = ROUTES.get(path);
  if (!methods) {
    const paths = [...ROUTES.keys()].map((known) => `${CONTROL_PREFIX}${known}`);
    return failure(404, 'UnknownPath', `There is no ${pathname}. There are: ${paths.join(', ')}.`);
  }
  const answer = methods[method];
  if (!answer) {
    const allowed = Object.keys(methods).join(', ');
    return failure(405, 'MethodNotAllowed', `${pathname} doesn't answer ${method}, only ${allowed}.`);
  }
  checkQuery(query, path === 'calls' && method === 'GET' ? ['operation'] : []);
  const [, account = '', region = '', name = ''] = segments;
  return answer(control, { ref: { account, region, name }, query, json: () => parseJson(body) });
}

function checkQuery(query: URLSearchParams, allowed: readonly string[]): void {
  const unknown = [...query.keys()].filter((key) => !allowed.includes(key));
  if (unknown.length === 0) return;
  const keys = allowed.join(', ') || 'none';
  throw new InvalidControlInputError(
    unknown.map((key) => ({
      path: `?${key}`,
      problem: 'is not a known query parameter',
      allowed: keys,
      remedy: 'Remove it',
    })),
  );
}

function parseJson(body: string): unknown {
  const remedy = 'Send the input as JSON in the body';
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new InvalidControlInputError([{ path: '', problem: 'the body is not JSON', allowed: 'JSON', remedy }]);
  }
  if (!isDeeperThan(MAX_DEPTH, value)) return value;
  const allowed = `JSON of at most ${MAX_DEPTH} levels`;
  throw new InvalidControlInputError([{ path: '', problem: 'the body is nested too deep', allowed, remedy }]);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** What a program on the instance would answer to an HTTP check. */
function probe({ state, healthy }: InstanceView): ControlReply {
  return { status: state === 'running' && healthy ? 200 : 503, body: { state, healthy } };
}

function ok(body: object): ControlReply {
  return { status: 200, body };
}

function done(act: () => void): ControlReply {
  act();
  return ok({});
}
