import { inspect } from 'node:util';
import { cleanText, safeJson } from '../../rollout/clean.js';
import { redact } from './redact.js';

/** What is logged, whoever says it: this command, the SDK, its native part, a workflow or an activity. */
export interface LogEntry {
  readonly at: Date;
  /** `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR`. */
  readonly level: string;
  readonly message: string;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** A line for people. No credentials are in it. */
export function prettyLogLine({ at, level, message, attributes }: LogEntry): string {
  const more = attributes === undefined ? '' : ` ${inspectSafely(attributes)}`;
  return cleanText(redact(`${at.toISOString()} [${level}] ${message}${more}`));
}

/** What is logged may be anything, and a log must not be what ends a worker. */
function inspectSafely(value: unknown): string {
  try {
    return inspect(value, { depth: 4 });
  } catch {
    return UNREADABLE;
  }
}

const UNREADABLE = '(can not be read)';

/**
 * A line for programs. No credentials are in it.
 *
 * @example jsonLogLine({ at: new Date(0), level: 'WARN', message: 'slow' })
 * // '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"slow"}'
 */
export function jsonLogLine({ at, level, message, attributes }: LogEntry): string {
  const seen = new WeakSet<object>();
  const plain = (_: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return redact(value);
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '[shown before]';
    seen.add(value);
    return value instanceof Error ? describeError(value) : value;
  };
  const write = (logged: unknown) =>
    safeJson({ time: at.toISOString(), level: level.toLowerCase(), message, attributes: logged }, 0, plain);
  try {
    return write(attributes);
  } catch {
    // A getter that throws, or more levels than there is stack for.
    return write(attributes === undefined ? undefined : redact(inspectSafely(attributes)));
  }
}

function describeError(error: Error): object {
  const { name, message, stack, cause } = error;
  return { name, ...('type' in error && { type: error.type }), message, stack, cause };
}
