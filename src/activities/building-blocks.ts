import type {
  GetInstanceCommandOutput,
  GetInstanceRequest,
  UpdateInstanceMetadataOptionsCommandOutput,
  UpdateInstanceMetadataOptionsRequest,
} from '@aws-sdk/client-lightsail';
import { Context } from '@temporalio/activity';
import type { CallScope, LightsailFor } from '../lightsail/index.js';
import { callScope } from './call-scope.js';
import { toFailure } from './failures.js';

/** Where a call goes, beside the API's own request. */
export interface InRegion {
  readonly region: string;
  /** Left out: the worker's own. */
  readonly account?: string;
}

/**
 * The two API operations as activities, for workflows of your own: the API's whole request and its whole reply.
 * They add nothing: no drift guard, no reading back. An error becomes a failure whose type is the AWS error's name.
 *
 * @example
 * const { lightsailGetInstance } = proxyActivities<Activities>({ startToCloseTimeout: '30s' });
 * const { instance } = await lightsailGetInstance({ region: 'us-east-1', instanceName: 'web-7' });
 */
export function createBuildingBlocks(lightsail: LightsailFor) {
  return {
    /** `httpTokens` left out becomes `optional` (API reference of UpdateInstanceMetadataOptions): name it always. */
    async lightsailUpdateInstanceMetadataOptions(
      request: UpdateInstanceMetadataOptionsRequest & InRegion,
    ): Promise<UpdateInstanceMetadataOptionsCommandOutput> {
      const { region, account, ...rest } = request;
      return call(`UpdateInstanceMetadataOptions of ${region}/${rest.instanceName}`, (abortSignal) =>
        lightsail(scopeOfCall({ region, account })).updateInstanceMetadataOptions(rest, { abortSignal }),
      );
    },

    /** An instance as it stands; one that doesn't exist is a failure of type `NotFoundException`. */
    async lightsailGetInstance(request: GetInstanceRequest & InRegion): Promise<GetInstanceCommandOutput> {
      const { region, account, ...rest } = request;
      return call(`GetInstance of ${region}/${rest.instanceName}`, (abortSignal) =>
        lightsail(scopeOfCall({ region, account })).getInstance(rest, { abortSignal }),
      );
    },
  };
}

function scopeOfCall({ region, account }: { region: string; account: string | undefined }): CallScope {
  return callScope({ region, ...(account !== undefined && { account }) }, Context.current());
}

async function call<T>(what: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await send(Context.current().cancellationSignal);
  } catch (error) {
    throw toFailure(error, what);
  }
}
