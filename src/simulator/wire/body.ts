import type { IncomingMessage } from 'node:http';

/** Far above any input of the API and of the control interface. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * A request's body as text; undefined when it is longer than 1 MiB. Listeners cost half of what iterating over the
 * request does, which is a good part of a small call.
 */
export function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.once('end', () => resolve(length > MAX_BODY_BYTES ? undefined : textOf(chunks)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('The request broke off.'));
    });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [only, second] = chunks;
  return only && !second ? only.toString('utf8') : Buffer.concat(chunks).toString('utf8');
}
