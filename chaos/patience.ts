import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';

/** Between two tries, in milliseconds. */
const PAUSE = 100;

/** gRPC status codes of a server that isn't there now, or has just come back: cut off in an answer, it is UNKNOWN. */
const AWAY: readonly number[] = [1, 2, 4, 8, 10, 13, 14];

/** Asks again for as long as the server is away; any other error is an answer. */
export async function patiently<T>(ask: () => Promise<T>, deadline = Date.now() + 120_000): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isAway(error) || Date.now() > deadline) throw error;
      await delay(PAUSE);
    }
  }
}

function isAway(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  if (isGrpcServiceError(error)) return AWAY.includes(error.code);
  if (error instanceof ServiceError) return isAway(error.cause);
  return false;
}

/** Looks again until it is so. @throws after the deadline (epoch milliseconds), with what it waited for */
export async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>, deadline: number): Promise<void> {
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new StuckError(`still waiting: ${what}`);
    await delay(PAUSE);
  }
}

/** Something that must end hasn't. */
class StuckError extends Error {}
