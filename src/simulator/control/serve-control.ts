import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackAddress, isLoopbackHost } from '../wire/loopback.js';
import { type ControlReply, failure, handleControl } from './routes.js';
import type { WorldControl } from './world-control.js';

/** Serves a request to the control interface, which only this machine may make. */
export function serveControl(
  control: WorldControl,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): void {
  send(response, isFromThisMachine(request) ? handleControl(control, readRequest(request, body)) : REFUSAL);
}

const REFUSAL = failure(403, 'LoopbackOnly', 'The control interface answers this machine only. Call it on 127.0.0.1.');

function isFromThisMachine({ socket, headers }: IncomingMessage): boolean {
  return isLoopbackAddress(socket.remoteAddress) && isLoopbackHost(headers.host);
}

function readRequest({ method = 'GET', url = '' }: IncomingMessage, body: string) {
  return { method, url, body };
}

function send(response: ServerResponse, { status, body }: ControlReply): void {
  // Before anything is sent: what can't be written is an error that can still be told.
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(text);
}
