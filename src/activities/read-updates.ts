import { Context } from '@temporalio/activity';
import { type LightsailFor, readUpdates, retryThrottledCalls, type UpdatesRead } from '../lightsail/index.js';
import { describePlace } from '../rollout/reach.js';
import { callScope } from './call-scope.js';
import { toFailure } from './failures.js';

/**
 * What `lightsailImdsReadUpdates` is given.
 *
 * @internal
 */
export interface ReadUpdatesInput {
  /** Left out: the worker's own. */
  readonly account?: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Reads which instances of an account and region had an Update of their metadata options since a time, whoever sent it. */
export function createReadUpdates(lightsail: LightsailFor) {
  return async function lightsailImdsReadUpdates(input: ReadUpdatesInput): Promise<UpdatesRead> {
    const context = Context.current();
    const { cancellationSignal } = context;
    const beat = () => context.heartbeat();
    const api = retryThrottledCalls(lightsail(callScope(input, context)), {
      signal: cancellationSignal,
      onThrottled: beat,
    });
    try {
      return await readUpdates(api, { since: input.since, abortSignal: cancellationSignal, onWait: beat });
    } catch (error) {
      throw toFailure(error, `GetOperations in ${describePlace(input)}`);
    }
  };
}
