import type {
  GetInstanceCommandOutput,
  GetInstanceMetricDataCommandOutput,
  GetInstanceMetricDataRequest,
  GetInstanceRequest,
  GetInstancesCommandOutput,
  GetInstancesRequest,
  GetOperationsCommandOutput,
  GetOperationsRequest,
  GetRegionsCommandOutput,
  GetRegionsRequest,
  UpdateInstanceMetadataOptionsCommandOutput,
  UpdateInstanceMetadataOptionsRequest,
} from '@aws-sdk/client-lightsail';

/** What goes with one call, beside its request. */
export interface CallOptions {
  /** Aborts the call. A write that is aborted may still have taken effect. */
  readonly abortSignal?: AbortSignal;
  /** Called every few seconds while the call waits for its turn; what it throws ends the call. */
  readonly onWait?: () => void | Promise<void>;
  /** Of a list: a page that was asked for so many milliseconds ago will do, if none of its instances was written to since. */
  readonly maxAge?: number;
  /** Called when the call's turn has come, where its rate is limited. */
  readonly onSend?: () => void;
  /** An Update whose turn has come already, see {@link Lightsail.reserveWrite}. */
  readonly reserved?: true;
  /**
   * Of an Update: called when its connection stands, right before its bytes leave. What it throws ends the call, and nothing was
   * sent. An Update with it waits for no connection that others use.
   */
  readonly confirm?: () => void;
  /** A reading that such an Update waits for: it goes before all others, or reserved turns would pile up behind it. */
  readonly urgent?: true;
}

/**
 * The part of Lightsail that this project needs, in the SDK's own shapes, for one account in one region.
 *
 * Every method sends exactly one request and repeats nothing. Every member of a reply is optional: a 200 with an empty
 * body is a reply without `instance`, `instances` or `operation`.
 */
export interface Lightsail {
  /** One instance as it stands, with the state of its last change of options ([API reference](https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_GetInstance.html)). */
  getInstance(request: GetInstanceRequest, call?: CallOptions): Promise<GetInstanceCommandOutput>;

  /** One page of about 20 instances; there is no page-size parameter. See `instancePages` for all of them. */
  getInstances(request: GetInstancesRequest, call?: CallOptions): Promise<GetInstancesCommandOutput>;

  /**
   * Always name `httpTokens`: omitted, the service sets it to `optional`
   * ([API reference](https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_UpdateInstanceMetadataOptions.html)).
   */
  updateInstanceMetadataOptions(
    request: UpdateInstanceMetadataOptionsRequest,
    call?: CallOptions,
  ): Promise<UpdateInstanceMetadataOptionsCommandOutput>;

  /** All seven members of the request are required. No data points means unknown, never zero. */
  getInstanceMetricData(
    request: GetInstanceMetricDataRequest,
    call?: CallOptions,
  ): Promise<GetInstanceMetricDataCommandOutput>;

  /** The regions of Lightsail, whether this account may use them or not. */
  getRegions(request: GetRegionsRequest, call?: CallOptions): Promise<GetRegionsCommandOutput>;

  /** One page of up to 200 operations of all kinds; documented is that they come from the oldest to the newest. */
  getOperations(request: GetOperationsRequest, call?: CallOptions): Promise<GetOperationsCommandOutput>;

  /** Waits for the turn of one Update, which is then sent with `reserved`. Left out: no rate is limited. */
  reserveWrite?(call?: CallOptions): Promise<void>;

  /** Finds the keys with which an Update is signed, so that it doesn't wait for them between its record and its bytes. */
  prepareWrite?(): Promise<void>;

  /** The ARN by which CloudTrail names whoever calls here, where it is known: a report names it. */
  caller?(): Promise<string | undefined>;

  /** AWS's time, in milliseconds since the epoch, where a reply has told it: data points are of that time, whatever clocks here say. */
  now?(): number | undefined;
}

/** Where calls go, and for what. */
export interface CallScope {
  readonly region: string;
  /** Left out: the account of the process's own credentials. */
  readonly account?: string;
  /** What the calls are for, such as the ID of a rollout: it names the session of a role, as CloudTrail shows it. */
  readonly purpose?: string;
}

/** Gives the Lightsail of a scope: the same one for the same scope, as long as it is in use. */
export type LightsailFor = (scope: CallScope) => Lightsail;

/** For a Lightsail that stands before another one: what goes to that one as it is. */
export function passOthers({
  caller,
  prepareWrite,
  now,
}: Lightsail): Pick<Lightsail, 'caller' | 'prepareWrite' | 'now'> {
  return {
    ...(caller !== undefined && { caller }),
    ...(prepareWrite !== undefined && { prepareWrite }),
    ...(now !== undefined && { now }),
  };
}
