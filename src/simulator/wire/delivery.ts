import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** What goes back over the wire. */
export type Delivery =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      /** Any, unless the body names it too. */
      readonly requestId?: string;
    }
  | { readonly kind: 'reset' };

const AWS_JSON = 'application/x-amz-json-1.1';

/** A connection reset without any reply. */
export const RESET: Delivery = { kind: 'reset' };

/** A reply in the service's JSON. */
export function jsonReply(status: number, body: object): Delivery {
  return { kind: 'reply', status, contentType: AWS_JSON, body: JSON.stringify(body) };
}

/** A reply in the service's content type with any text as its body. */
export function textReply(status: number, body: string): Delivery {
  return { kind: 'reply', status, contentType: AWS_JSON, body };
}

/** What a gateway in front of the service answers when it can't reach it. */
export const BAD_GATEWAY: Delivery = {
  kind: 'reply',
  status: 502,
  contentType: 'text/html',
  body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
};

/** Sends a delivery. Node adds the real `Date`, from which clients take their signing clock. */
export function deliver(delivery: Delivery, response: ServerResponse): void {
  if (delivery.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(delivery.status, {
    'content-type': delivery.contentType,
    'content-length': Buffer.byteLength(delivery.body),
    'x-amzn-requestid': delivery.requestId ?? randomUUID(),
  });
  response.end(delivery.body);
}
