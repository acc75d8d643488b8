import type { Delivery } from '../wire/delivery.js';
import type { World } from '../world/world.js';
import type { Answer } from './carry-out.js';

/** What the log tells of a request. What isn't known is undefined. */
export interface LoggedRequest {
  readonly operation: string | undefined;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly instanceName: string | undefined;
  readonly input: unknown;
}

/** What to send, and after how many ms. */
export interface DueReply {
  readonly delivery: Delivery;
  readonly afterMs: number;
}

/** Logs a call that arrived at `at`, and tells when its reply is due. */
export function concludeCall(world: World, at: number, request: LoggedRequest, answer: Answer): DueReply {
  const { delivery, strike, error } = answer;
  const latency = world.draws.between(world.scenario.latency, 'latency', world.calls.total);
  world.calls.add({
    at,
    account: request.account ?? null,
    region: request.region ?? null,
    operation: request.operation ?? null,
    instanceName: request.instanceName ?? null,
    input: request.input ?? null,
    effect: strike?.effect.kind ?? null,
    status: delivery.kind === 'reply' ? delivery.status : null,
    error: error ?? null,
  });
  return { delivery, afterMs: latency + (strike?.delayMs ?? 0) };
}
