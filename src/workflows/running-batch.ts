import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import type { HoldOrder } from '../rollout/batch.js';
import type { OrderReport } from '../rollout/orders.js';
import type { Target } from '../rollout/target.js';

/** The batch that runs now, the order that is on its way to it, and the one that it has said to be in force. */
export interface RunningBatch {
  readonly handle: ExternalWorkflowHandle;
  /** Such as `canary/1`. */
  readonly path: string;
  readonly stage: number;
  readonly arns: ReadonlySet<string>;
  sent: HoldOrder | undefined;
  inForce: OrderReport;
  /** It is asked for the order that it has, since no acknowledgement has come. */
  isAsked: boolean;
  /** How many of its calls it has reported to be refused for the caller's keys. */
  refusals: number;
}

export interface RestoringBatch {
  readonly workflowId: string;
  readonly targets: readonly Target[];
  readonly handle: Pick<ExternalWorkflowHandle, 'signal'>;
  /** How many of its calls it has reported to be refused for the caller's keys, and how many of them it was told to be over. */
  refusals: number;
  accepted: number;
  /** Nothing more of it is begun. */
  readonly stop: () => Promise<void>;
}
