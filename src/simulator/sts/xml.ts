import { randomUUID } from 'node:crypto';
import type { Protocol } from '../api/carry-out.js';
import type { ApiError } from '../wire/api-error.js';
import type { Delivery } from '../wire/delivery.js';

/** What a reply tells, in the order of its elements. */
export interface XmlElements {
  readonly [name: string]: string | XmlElements;
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** The HTTP status of each error (STS API reference, common errors); 400 when it isn't here. */
const STATUS: ReadonlyMap<string, number> = new Map([
  ['AccessDenied', 403],
  ['AccessDeniedException', 403],
  ['ExpiredToken', 403],
  ['InvalidClientTokenId', 403],
  ['MissingAuthenticationToken', 403],
  ['SignatureDoesNotMatch', 403],
  ['RegionDisabledException', 403],
  ['InternalFailure', 500],
  ['ServiceUnavailable', 503],
]);

/** The AWS query protocol, for one call: its body and its header name the same request. */
export function queryProtocol(requestId: string): Protocol {
  const send = (status: number, body: string): Delivery => {
    return { kind: 'reply', status, contentType: 'text/xml', body, requestId };
  };
  return {
    reply: (body) => send(200, body),
    refuse: (error) => send(STATUS.get(error.errorName) ?? 400, renderError(error, requestId)),
  };
}

/** A request's ID. */
export function newRequestId(): string {
  return randomUUID();
}

/** The reply of an operation. */
export function renderReply(operation: string, result: XmlElements, requestId: string): string {
  const content = render({ [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } });
  return `<${operation}Response xmlns="${NAMESPACE}">${content}</${operation}Response>`;
}

function renderError({ errorName, message }: ApiError, requestId: string): string {
  const type = (STATUS.get(errorName) ?? 400) < 500 ? 'Sender' : 'Receiver';
  const content = render({ Error: { Type: type, Code: errorName, Message: message }, RequestId: requestId });
  return `<ErrorResponse xmlns="${NAMESPACE}">${content}</ErrorResponse>`;
}

function render(elements: XmlElements): string {
  return Object.entries(elements)
    .map(
      ([name, content]) => `<${name}>${typeof content === 'string' ? escapeText(content) : render(content)}</${name}>`,
    )
    .join('');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
