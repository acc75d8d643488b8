import type { Report, RolloutOutcome } from '../src/client/index.js';
import type { Call, InstanceView } from '../src/simulator/index.js';
import type { Script } from './script/index.js';

/** The only operation that writes. */
export const UPDATE = 'UpdateInstanceMetadataOptions';

/** All that is known of a run from outside: the simulator, what was done to it, Temporal's histories, the reports. */
export interface Evidence {
  readonly script: Script;
  readonly account: string;
  /** Every instance before the run, and after it. */
  readonly before: readonly InstanceView[];
  readonly after: readonly InstanceView[];
  /** Every call, in the order of arrival. */
  readonly calls: readonly Call[];
  readonly foreign: readonly ForeignChange[];
  readonly messages: readonly MessageSent[];
  readonly runs: readonly RunRecord[];
  /** Before and after the last rollout of all, which only sees whether the leases can be had. */
  readonly leases: { readonly before: readonly LeaseRecord[]; readonly after: readonly LeaseRecord[] };
  readonly workflows: readonly WorkflowRecord[];
  /** The most instances seen pending at a moment, of those that a fault doesn't keep so. */
  readonly peak: Peak;
  /** How often anything was killed or cut off meanwhile, in this run and, of the server, in others. */
  readonly disturbances: number;
}

/** A change made behind the rollout's back. Times are epoch milliseconds; `calls` counts those that had arrived. */
export interface ForeignChange {
  readonly at: number;
  readonly calls: number;
  readonly arn: string;
  readonly region: string;
  readonly name: string;
  readonly what: string;
  /** The instance as it is from then on; missing where it is gone. */
  readonly now?: InstanceView;
}

/** A message that was answered. Times are epoch milliseconds. */
export interface MessageSent {
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly workflowId: string;
  readonly what: string;
  readonly accepted: boolean;
  readonly answer?: string;
}

/** After it a run leaves its leases and its changes as they are. */
export function cutsOff({ what, accepted }: MessageSent): boolean {
  return accepted && (what === 'terminate' || what === 'reset');
}

export interface RunRecord {
  readonly kind: 'rollout' | 'rival' | 'rollback' | 'heir';
  readonly workflowId: string;
  readonly outcome: RolloutOutcome;
  readonly report: Report;
  /** Calls that had arrived when it was started, and when it had ended. */
  readonly from: number;
  readonly to: number;
}

/** A lease, open from `from` to `to` (epoch milliseconds; `to` is missing while it is open). */
export interface LeaseRecord {
  readonly region: string;
  readonly holder: string;
  readonly from: number;
  readonly to?: number;
}

/** What the histories of one workflow run say beside the report. */
export interface WorkflowRecord {
  readonly workflowId: string;
  readonly status: string;
  readonly events: number;
  /** Failures of workflow tasks in our code. */
  readonly taskFailures: readonly string[];
  readonly holdsSecret: boolean;
  /** The changes and ways back that the server was told to begin, in this order. */
  readonly begun: readonly Begun[];
}

export interface Begun {
  readonly what: 'change' | 'restore';
  readonly arn: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Peak {
  readonly total: number;
  /** Of one region. */
  readonly perScope: number;
}
