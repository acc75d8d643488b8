import { redactLine } from './redact.js';
import { memberOf, textOf } from './untrusted.js';

/** What the SDK throws over a body that is none of the protocol. */
const NAMES: readonly string[] = ['SyntaxError', 'TypeError', 'RangeError'];

/**
 * The error of a call, in words that say which answer it is about and what is wrong with it. The SDK's own quote the body,
 * or what it stumbled over in its code. Its name stays, and so does what is known of the reply.
 */
export function nameUnreadable(error: unknown, what: string): unknown {
  const name = textOf(memberOf(error, 'name')) ?? '';
  const response = memberOf(error, '$response');
  if (response === undefined || !NAMES.includes(name)) return error;
  const encoding = textOf(memberOf(memberOf(response, 'headers'), 'content-encoding'));
  const why =
    encoding !== undefined && encoding !== 'identity'
      ? `it came with content-encoding ${redactLine(encoding, 30)}, which was not asked for (is there a proxy?)`
      : name === 'SyntaxError'
        ? 'it is no JSON'
        : 'it has another form than it should';
  const described = new Error(`the answer to ${what} can't be read: ${why}`);
  return Object.assign(described, { name, $metadata: memberOf(error, '$metadata') ?? {} });
}
