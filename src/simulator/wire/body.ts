import type { IncomingMessage } from 'node:http';

/** Far above any input of the API and of the control interface. */
const MAX_BODY_BYTES = 1_048_576;

/** A request's body as text; undefined when it is longer than 1 MiB. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}
