import { randomUUID } from 'node:crypto';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { readUndo, readUndoFile, type UndoReading } from '../history/index.js';
import { describeBounds, parseBounds, type RolloutBounds } from '../rollout/bounds.js';
import { unpackPlan } from '../rollout/pack-plan.js';
import type { Plan } from '../rollout/plan.js';
import type { Problem } from '../rollout/problem.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { describeReach } from '../rollout/reach.js';
import type { RolloutRef } from '../rollout/rollback.js';
import { formatStageSize } from '../rollout/size.js';
import { parseSpec, type RolloutSpec, type RolloutSpecInput } from '../rollout/spec.js';
import { cutSummary } from '../rollout/summary.js';
import type { UndoFile } from '../rollout/undo-file.js';
import type { imdsPlan } from '../workflows/index.js';
import { InvalidRolloutSpecError, PlanFailedError, RolloutAlreadyRunningError } from './errors.js';
import { type RollbackFromOptions, type RollbackOptions, startRollback, startRollbackFrom } from './rollback.js';
import { RolloutHandle } from './rollout-handle.js';

/** How a rollout is started. */
export interface StartOptions {
  /** Default: `imds-rollout-<name of the spec>`, so that a rollout of that name can be open once only. */
  readonly workflowId?: string;
  /** Default: `lightsail-imds-rollout`. */
  readonly taskQueue?: string;
  /** The part of the plan that is carried out; default: all of it. */
  readonly bounds?: RolloutBounds;
}

/** How a plan is made by a worker. */
export interface PlanOptions extends Pick<StartOptions, 'taskQueue' | 'bounds'> {
  /** Default: `imds-plan-<name of the spec>-<random>`. */
  readonly workflowId?: string;
}

/** A plan that nobody could make for so long is of no use any more. */
const PLAN_TIMEOUT = '1h';

/**
 * Starts rollouts and talks to them, over a Temporal client of yours.
 *
 * @example
 * const rollouts = new RolloutClient(new Client({ connection }));
 * const rollout = await rollouts.start({ name: 'require-imdsv2', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } });
 * const outcome = await rollout.result();
 */
export class RolloutClient {
  /** @param client - a Temporal client; where payloads are encrypted, with the data converter of the workers */
  constructor(private readonly client: Client) {}

  /**
   * Starts a rollout, and returns at once: a worker carries it out.
   *
   * @param input - the spec; checked here first, by the rules of the workflow
   * @throws InvalidRolloutSpecError with the path of every field that is wrong; nothing was started
   * @throws RolloutAlreadyRunningError where a rollout of that ID is open
   * @example
   * const rollout = await rollouts.start(
   *   { name: 'require-imdsv2', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } },
   *   { bounds: { until: 'canary' } },
   * );
   */
  async start(input: RolloutSpecInput, options: StartOptions = {}): Promise<RolloutHandle> {
    const { spec, bounds, args } = checkStart(input, options.bounds);
    const workflowId = options.workflowId ?? defaultWorkflowId(spec.name);
    try {
      const handle = await this.client.workflow.start('imdsRollout', {
        workflowId,
        taskQueue: options.taskQueue ?? DEFAULT_TASK_QUEUE,
        args,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        staticSummary: summarizeStart(spec),
        staticDetails: describeStart(spec, bounds),
      });
      return new RolloutHandle(this.client, workflowId, handle.firstExecutionRunId);
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw new RolloutAlreadyRunningError(workflowId);
      throw error;
    }
  }

  /**
   * Lets a worker make the plan, which changes nothing; waits for as long as none polls, up to an hour.
   *
   * @throws InvalidRolloutSpecError with the path of every field that is wrong, or that the worker doesn't allow
   * @throws PlanFailedError where a region can't be read, or the plan is refused
   * @throws RolloutAlreadyRunningError where the given workflow ID is open
   * @example const { stages, settled, hash } = await rollouts.plan(spec, { bounds: { until: 'canary' } });
   */
  async plan(input: RolloutSpecInput, options: PlanOptions = {}): Promise<Plan> {
    const { spec, args } = checkStart(input, options.bounds);
    const workflowId = options.workflowId ?? `imds-plan-${spec.name}-${randomUUID().slice(0, 8)}`;
    try {
      const packed = await this.client.workflow.execute<typeof imdsPlan>('imdsPlan', {
        workflowId,
        taskQueue: options.taskQueue ?? DEFAULT_TASK_QUEUE,
        args,
        workflowExecutionTimeout: PLAN_TIMEOUT,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        staticSummary: cutSummary(`plan of ${summarizeStart(spec)}`),
      });
      return unpackPlan(packed);
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw new RolloutAlreadyRunningError(workflowId);
      throw error instanceof WorkflowFailedError ? planFailure(error, workflowId) : error;
    }
  }

  /**
   * Takes back what rollouts have changed, whatever way they ended. Safe to run twice.
   *
   * @param refs - rollouts that have ended; where several have changed an instance, the oldest options before win
   * @throws HistoryGoneError where the server has no such rollout, any more or at all: see {@link rollbackFrom}
   * @throws RolloutAlreadyRunningError where this rollback is open
   * @example const rollback = await rollouts.rollback([{ workflowId: 'imds-rollout-prod' }], { only: ['web-7'] });
   */
  rollback(refs: readonly RolloutRef[], options: RollbackOptions = {}): Promise<RolloutHandle> {
    return startRollback(this.client, refs, options);
  }

  /**
   * Takes a rollout back whose history is gone, from what was kept of it.
   *
   * @param file - as the worker's journal or a JSON report has it; see `parseUndoFile`
   * @throws EditedFileError where the checksum of the file doesn't fit, unless `allowEdited` is set
   * @throws RolloutAlreadyRunningError where this rollback is open
   */
  rollbackFrom(file: UndoFile, options: RollbackFromOptions = {}): Promise<RolloutHandle> {
    return startRollbackFrom(this.client, file, options);
  }

  /** What a rollback would take back; changes nothing. @throws HistoryGoneError, NothingToRollBackError */
  readUndo(refs: readonly RolloutRef[]): Promise<UndoReading> {
    return readUndo(this.client, refs);
  }

  /** What takes a rollout back once its history is gone: keep it. @throws HistoryGoneError, NothingToRollBackError */
  undoFile(ref: RolloutRef): Promise<UndoFile> {
    return readUndoFile(this.client, ref);
  }

  /** A rollout that was started before; without a run ID, the latest of that ID. */
  handle(workflowId: string, runId?: string): RolloutHandle {
    return new RolloutHandle(this.client, workflowId, runId);
  }
}

function planFailure(error: WorkflowFailedError, workflowId: string): Error {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const problems = (cause.details ?? []).flat().flatMap(problemOf);
    if (cause.type === 'InvalidRolloutSpec' && problems.length > 0) return new InvalidRolloutSpecError(problems);
    return new PlanFailedError(cause.message, { cause: error });
  }
  const why = cause?.message ?? error.message;
  return new PlanFailedError(`${workflowId} ended without a plan (${why}): make another one.`, { cause: error });
}

/** A worker's own refusals are texts that begin with the path. */
function problemOf(detail: unknown): Problem[] {
  if (typeof detail === 'string') {
    const [path = '', ...message] = detail.split(': ');
    return [{ path, message: message.join(': ') }];
  }
  return isProblem(detail) ? [detail] : [];
}

function isProblem(detail: unknown): detail is Problem {
  return typeof detail === 'object' && detail !== null && 'path' in detail && 'message' in detail;
}

/** @throws InvalidRolloutSpecError */
export function checkStart(
  input: RolloutSpecInput,
  wanted: RolloutBounds = {},
): {
  readonly spec: RolloutSpec;
  readonly bounds: RolloutBounds;
  readonly args: [RolloutSpecInput, RolloutBounds?];
} {
  const read = parseSpec(input, new Date().toISOString().slice(0, 10));
  if (!read.ok) throw new InvalidRolloutSpecError(read.problems);
  const checked = parseBounds(wanted, read.spec);
  if (!checked.ok) throw new InvalidRolloutSpecError(checked.problems);
  const { bounds } = checked;
  const isWhole = Object.keys(bounds).length === 0;
  return { spec: read.spec, bounds, args: isWhole ? [input] : [input, bounds] };
}

/** The workflow ID of a rollout whose start names none. @example defaultWorkflowId('prod-imdsv2') // 'imds-rollout-prod-imdsv2' */
export function defaultWorkflowId(name: string): string {
  return `imds-rollout-${name}`;
}

function describeOptions(spec: RolloutSpec): string {
  return Object.entries(spec.options)
    .map(([field, value]) => `${field}=${value}`)
    .join(' ');
}

/** For the Temporal UI: the static summary of a rollout. */
export function summarizeStart(spec: RolloutSpec): string {
  return cutSummary(`${describeOptions(spec)} in ${describeReach(spec.targets)}`);
}

/** For the Temporal UI: the static details of a rollout, in Markdown. */
export function describeStart(spec: RolloutSpec, bounds: RolloutBounds): string {
  const stages = spec.stages.map(({ name, size }) => `- **${name}**: ${formatStageSize(size)}`);
  const held = describeBounds(bounds);
  return [
    `Rolls \`${describeOptions(spec)}\` out in ${describeReach(spec.targets)}.`,
    ...(held.length === 0 ? [] : ['', `Held to a part: ${held.join('; ')}.`]),
    '',
    ...stages,
  ].join('\n');
}
