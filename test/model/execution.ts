import type { Payload } from '@temporalio/common';
import type { Actions } from './actions.js';
import type { Job, SandboxedWorkflow } from './sandbox.js';
import type { End } from './temporal-protocol.js';

/** An activity that a workflow waits for. */
export interface ActivityTask {
  readonly execution: Execution;
  readonly seq: number;
  readonly type: string;
  readonly input: Payload | undefined;
  cancelRequested: boolean;
}

export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly args: readonly Payload[];
  readonly workflow: SandboxedWorkflow;
  readonly parent: { readonly execution: Execution; readonly seq: number } | undefined;
  /** What has happened, and that it hasn't been told yet. */
  jobs: Job[];
  readonly timers: Map<number, number>;
  readonly actions: Actions;
  end: End | undefined;
}

/** A signal on its way from one workflow to another: it comes later than whatever was sent before it. */
export interface Letter {
  readonly from: Execution;
  readonly seq: number;
  readonly to: string;
  readonly name: string;
  readonly args: readonly Payload[];
}

export type Answer =
  | { readonly accepted: true; readonly status: unknown }
  | { readonly accepted: false; readonly why: string };

/** Told of what workflows do, as it happens. */
export interface Watcher {
  readonly scheduled: (task: ActivityTask) => void;
  readonly cancelRequested: (task: ActivityTask) => void;
  readonly started: (execution: Execution) => void;
  readonly closed: (execution: Execution) => void;
  readonly answered: (id: string, answer: Answer) => void;
}
