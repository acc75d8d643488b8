import { Context } from '@temporalio/activity';
import { type LightsailFor, REGION_TO_ASK, readRegionNames, retryThrottledCalls } from '../lightsail/index.js';
import { callScope } from './call-scope.js';
import { toReadFailure } from './failures.js';

/**
 * What `lightsailImdsListRegions` is given.
 *
 * @internal
 */
export interface ListRegionsInput {
  /** Left out: the worker's own. */
  readonly account?: string;
}

/** The regions of Lightsail, for a spec that asks for all. Throttling only makes it slower. */
export function createListRegions(lightsail: LightsailFor) {
  return async function lightsailImdsListRegions({ account }: ListRegionsInput): Promise<string[]> {
    const context = Context.current();
    const { cancellationSignal: signal } = context;
    const beat = () => context.heartbeat();
    const place = { region: REGION_TO_ASK, ...(account !== undefined && { account }) };
    try {
      const api = retryThrottledCalls(lightsail(callScope(place, context)), { signal, onThrottled: beat });
      return await readRegionNames(api, { abortSignal: signal, onWait: beat });
    } catch (error) {
      throw toReadFailure(error, account === undefined ? 'the regions' : `the regions of account ${account}`, place);
    }
  };
}
