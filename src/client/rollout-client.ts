import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowIdConflictPolicy } from '@temporalio/client';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { formatStageSize } from '../rollout/size.js';
import { parseSpec, type RolloutSpec, type RolloutSpecInput } from '../rollout/spec.js';
import { InvalidRolloutSpecError, RolloutAlreadyRunningError } from './errors.js';
import { RolloutHandle } from './rollout-handle.js';

export interface StartOptions {
  /** Default: `imds-rollout-<name of the spec>`, so that a rollout of that name can be open once only. */
  readonly workflowId?: string;
  /** Default: `lightsail-imds-rollout`. */
  readonly taskQueue?: string;
}

/**
 * Starts rollouts and talks to them, over a Temporal client of yours.
 *
 * @example
 * const rollouts = new RolloutClient(new Client({ connection }));
 * const rollout = await rollouts.start({ name: 'require-imdsv2', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } });
 * const outcome = await rollout.result();
 */
export class RolloutClient {
  constructor(private readonly client: Client) {}

  /**
   * @throws InvalidRolloutSpecError with the path of every field that is wrong; nothing was started
   * @throws RolloutAlreadyRunningError where a rollout of that ID is open
   */
  async start(input: RolloutSpecInput, options: StartOptions = {}): Promise<RolloutHandle> {
    const check = parseSpec(input, new Date().toISOString().slice(0, 10));
    if (!check.ok) throw new InvalidRolloutSpecError(check.problems);
    const workflowId = options.workflowId ?? defaultWorkflowId(check.spec.name);
    try {
      const handle = await this.client.workflow.start('imdsRollout', {
        workflowId,
        taskQueue: options.taskQueue ?? DEFAULT_TASK_QUEUE,
        args: [input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        staticSummary: summarize(check.spec),
        staticDetails: describe(check.spec),
      });
      return new RolloutHandle(this.client, workflowId, handle.firstExecutionRunId);
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw new RolloutAlreadyRunningError(workflowId);
      throw error;
    }
  }

  /** A rollout that was started before; without a run ID, the latest of that ID. */
  handle(workflowId: string, runId?: string): RolloutHandle {
    return new RolloutHandle(this.client, workflowId, runId);
  }
}

/** @example defaultWorkflowId('prod-imdsv2') // 'imds-rollout-prod-imdsv2' */
export function defaultWorkflowId(name: string): string {
  return `imds-rollout-${name}`;
}

function describeOptions(spec: RolloutSpec): string {
  return Object.entries(spec.options)
    .map(([field, value]) => `${field}=${value}`)
    .join(' ');
}

/** At most 200 bytes, as Temporal allows. */
function summarize(spec: RolloutSpec): string {
  return `${describeOptions(spec)} in ${spec.targets.regions.join(', ')}`.slice(0, 190);
}

function describe(spec: RolloutSpec): string {
  const stages = spec.stages.map(({ name, size }) => `- **${name}**: ${formatStageSize(size)}`);
  return [`Rolls \`${describeOptions(spec)}\` out in ${spec.targets.regions.join(', ')}.`, '', ...stages].join('\n');
}
