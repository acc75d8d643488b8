import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { TypedSearchAttributes } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Workflow } from '@temporalio/worker/lib/workflow/interface.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { inject } from 'vitest';
import { countShared } from '../measure/from-workflows.js';
import type { CoverageSinks } from '../measure/ship-counters.js';

/** What a worker gives a workflow to do, and what it hears of it, as the SDK's own core has them. */
type Activation = Parameters<Workflow['activate']>[0];
export type Job = NonNullable<Activation['jobs']>[number];
export type Command = NonNullable<
  NonNullable<Awaited<ReturnType<Workflow['activate']>>['successful']>['commands']
>[number];

export interface Identity {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly parent?: { readonly workflowId: string; readonly runId: string } | undefined;
}

const TASK_QUEUE = 'model';
const NAMESPACE = 'model';

let creator: ReusableVMWorkflowCreator | undefined;

/** The sandbox that a worker's thread has, without the worker: so that a test decides what happens when. */
function sandbox(): ReusableVMWorkflowCreator {
  const filename = inject('workflowBundle');
  creator ??= new ReusableVMWorkflowCreator(
    new Script(readFileSync(filename, 'utf8'), { filename }),
    { code: '', filename, sourceMap: { version: 3, file: filename, sources: [], names: [], mappings: '' } },
    60_000,
    new Set(),
  );
  return creator;
}

/** A workflow of the real bundle, which does nothing until it is given its first task. */
export async function createSandboxed(
  { workflowId, runId, workflowType, parent }: Identity,
  now: number,
): Promise<SandboxedWorkflow> {
  const workflow = await sandbox().createWorkflow({
    info: {
      workflowId,
      runId,
      workflowType,
      firstExecutionRunId: runId,
      originalExecutionRunId: runId,
      taskQueue: TASK_QUEUE,
      namespace: NAMESPACE,
      searchAttributes: {},
      typedSearchAttributes: new TypedSearchAttributes(),
      attempt: 1,
      taskTimeoutMs: 10_000,
      historyLength: 3,
      historySize: 300,
      continueAsNewSuggested: false,
      targetWorkerDeploymentVersionChanged: false,
      startTime: new Date(now),
      runStartTime: new Date(now),
      ...(parent !== undefined && { parent: { ...parent, namespace: NAMESPACE } }),
      unsafe: {
        now: () => now,
        random: { random: () => 0.5, uuid4: () => runId, fillRandom: (bytes: Uint8Array) => bytes },
        isReplaying: false,
        isReplayingHistoryEvents: false,
      },
    },
    randomnessSeed: [1, 2, 3, 4],
    now,
    showStackTraceSources: false,
  });
  return new SandboxedWorkflow(workflow, runId);
}

export class SandboxedWorkflow {
  #historyLength = 3;

  constructor(
    private readonly workflow: Workflow,
    private readonly runId: string,
  ) {}

  /** One workflow task. @throws where it fails: Temporal would try it again for ever, and the workflow be stuck */
  async activate(jobs: readonly Job[], now: number): Promise<readonly Command[]> {
    this.#historyLength += jobs.length;
    const { successful, failed } = await this.workflow.activate({
      runId: this.runId,
      timestamp: msToTs(now),
      historyLength: this.#historyLength,
      isReplaying: false,
      jobs: [...jobs],
    });
    for (const { ifaceName, args } of await this.workflow.getAndResetSinkCalls()) {
      if (ifaceName === ('coverage' satisfies keyof CoverageSinks)) countShared(args[0]);
    }
    if (failed) throw new Error(`a workflow task failed: ${failed.failure?.message}\n${failed.failure?.stackTrace}`);
    return successful?.commands ?? [];
  }

  dispose(): Promise<void> {
    return this.workflow.dispose();
  }
}
