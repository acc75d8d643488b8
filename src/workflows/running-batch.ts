import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import type { HoldOrder } from '../rollout/batch.js';
import type { Target } from '../rollout/target.js';

/** The batch that runs now, the order that it was last sent, and the number of the one that it has said to be in force. */
export interface RunningBatch {
  readonly handle: ExternalWorkflowHandle;
  readonly stage: number;
  readonly arns: ReadonlySet<string>;
  told: HoldOrder;
  inForce: number;
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

/** An order to a batch, before it has its number. */
export type Hold = Omit<HoldOrder, 'number'>;
