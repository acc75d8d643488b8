import type { FaultInput } from '../scenario/fault-schema.js';
import type { InstancePatch, NewInstanceInput } from '../scenario/instance-schema.js';
import type { Call } from '../world/calls.js';
import type { InstanceRef, InstanceState } from '../world/instance.js';
import type { ReportedOptions } from '../world/options.js';

/** An instance as it really is, whatever stale reads say. */
export interface InstanceView extends InstanceRef {
  readonly arn: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly blueprint: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: InstanceState;
  /** Null when the service's replies leave them out. */
  readonly metadataOptions: ReportedOptions | null;
  /** Whether it passes its checks while it runs. */
  readonly healthy: boolean;
  /** Calls an hour without a token that its metrics report, as long as they are answered; null for no data points. */
  readonly tokenless: number | null;
}

/**
 * A simulator's world, to look at and to change behind a client's back.
 *
 * @example
 * simulator.state.patchInstance({ account, region, name: 'web-1' }, { state: 'stopped' });
 */
export interface SimulatorState {
  /** Every instance of every account and region. */
  instances(): InstanceView[];

  /** One instance; undefined when there is none of that name. */
  instance(ref: InstanceRef): InstanceView | undefined;

  /**
   * Creates an instance. A reused name gets a new ARN.
   *
   * @throws {InvalidControlInputError} When the input is not valid, or the name is taken.
   */
  createInstance(input: NewInstanceInput): InstanceView;

  /**
   * Changes an instance. Its metadata options are in force at once, whatever update was pending.
   *
   * @throws {UnknownInstanceError} When there is none of that name.
   * @throws {InvalidControlInputError} When the patch is not valid; nothing is changed then.
   */
  patchInstance(ref: InstanceRef, patch: InstancePatch): InstanceView;

  /**
   * Deletes an instance and returns what it was.
   *
   * @throws {UnknownInstanceError} When there is none of that name.
   */
  deleteInstance(ref: InstanceRef): InstanceView;

  /** The API calls so far, in the order of their arrival; of one operation if it is named. */
  calls(filter?: { readonly operation?: string | undefined }): Call[];

  /** Forgets the calls so far. */
  clearCalls(): void;

  /**
   * Adds a fault behind the others.
   *
   * @throws {InvalidControlInputError} When the fault is not valid.
   * @example state.addFault({ operation: 'GetInstances', times: 2, effect: { error: 'ServiceException' } })
   */
  addFault(fault: FaultInput): void;

  /** Takes all faults away, also those of the scenario. */
  clearFaults(): void;
}
