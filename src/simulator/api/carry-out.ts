import type { Effect } from '../faults/effect.js';
import type { Strike } from '../faults/fault-list.js';
import { ApiError, attempt } from '../wire/api-error.js';
import { BAD_GATEWAY, type Delivery, RESET } from '../wire/delivery.js';

/** How a call ended. */
export interface Answer {
  readonly delivery: Delivery;
  readonly error?: string;
  readonly strike?: Strike;
}

/** How a service puts its answers. */
export interface Protocol {
  readonly reply: (body: string) => Delivery;
  readonly refuse: (error: ApiError) => Delivery;
}

/** Carries out a call, or doesn't, as the effect of the fault that struck it wants. `run` gives the reply's body. */
export function carryOut(protocol: Protocol, effect: Effect | undefined, run: () => string): Answer {
  switch (effect?.kind) {
    case 'error':
      return refuse(protocol, new ApiError(effect.name, effect.message));
    case 'drop':
      return { delivery: RESET };
    case 'applyThenDrop':
      return withError(RESET, attempt(run));
    case 'html502':
      return effect.applied ? withError(BAD_GATEWAY, attempt(run)) : { delivery: BAD_GATEWAY };
    case 'emptyBody':
      return reply(protocol, effect.applied ? attempt(run) : '', () => '');
    case 'truncatedBody':
      return reply(protocol, effect.applied ? attempt(run) : '{}', firstHalf);
    case 'delayMs':
    case 'operationFailed':
    case 'stuckPending':
    case 'revertAfterMs':
    case 'unhealthy':
    case 'tokenless':
    case 'expiresAfterMs':
    case undefined:
      return reply(protocol, attempt(run), (body) => body);
    default:
      return effect satisfies never;
  }
}

/** The answer to a call that is refused. */
export function refuse(protocol: Protocol, error: ApiError): Answer {
  return { delivery: protocol.refuse(error), error: error.errorName };
}

/** A call that was refused is answered as ever, even when the body of any other one would be spoilt. */
function reply(protocol: Protocol, outcome: string | ApiError, spoil: (body: string) => string): Answer {
  return outcome instanceof ApiError ? refuse(protocol, outcome) : { delivery: protocol.reply(spoil(outcome)) };
}

function firstHalf(body: string): string {
  return body.slice(0, Math.ceil(body.length / 2));
}

function withError(delivery: Delivery, outcome: string | ApiError): Answer {
  return outcome instanceof ApiError ? { delivery, error: outcome.errorName } : { delivery };
}
