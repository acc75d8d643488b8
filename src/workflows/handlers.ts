import { ApplicationFailure, setHandler, workflowInfo } from '@temporalio/workflow';
import { refusalOfMany, TOO_MANY_UPDATES } from '../rollout/message-limits.js';
import { describeMembers, malformed } from '../rollout/message-members.js';
import { type OperatorMessage, refusal } from '../rollout/operator.js';
import { cutReason } from '../rollout/outcome.js';
import type { RevertSelection } from '../rollout/revert.js';
import {
  type AbortMessage,
  type ApproveMessage,
  abortUpdate,
  approveUpdate,
  type Message,
  type ProgressMessage,
  pauseUpdate,
  progressSchema,
  progressSignal,
  type RevertMessage,
  type RevertPreviewAnswer,
  rejectUpdate,
  resumeUpdate,
  revertPreviewQuery,
  revertUpdate,
  skipBakeUpdate,
} from './messages.js';
import { hearOrder, tellBatch } from './orders.js';
import type { RunState } from './run-state.js';
import type { RunningBatch } from './running-batch.js';
import { registerSignals } from './signal-handlers.js';
import { registerStatusHandlers } from './status-handlers.js';

/** Answers every message of a rollout; called before the first await, so that none is missed. */
export function registerHandlers(state: RunState): void {
  registerStatusHandlers(state);

  registerSignals(state, {
    pause: (message: Message) => {
      const why = refusal({ kind: 'pause' }, state.operatorState());
      if (why !== undefined) return why;
      state.pause(read(message));
      void tellBatch(state);
      return undefined;
    },
    abort: (message: AbortMessage) => {
      const mode = readMode(message);
      const why = refusal({ kind: 'abort', mode }, state.operatorState());
      if (why !== undefined) return why;
      state.abort({ mode, ...read(message) });
      void tellBatch(state);
      return undefined;
    },
  });

  setHandler(
    progressSignal,
    (input: unknown) => {
      state.received.signals += 1;
      const { batch } = state;
      const progress = progressSchema.safeParse(input).data;
      if (batch === undefined || progress === undefined || !isOf(batch, progress)) return;
      state.recordProgress(batch.stage, progress);
      if (progress.keys !== undefined && progress.keys.refusals !== batch.refusals) {
        batch.refusals = progress.keys.refusals;
        state.refuse(progress.keys.refused);
      }
      // Its failures may be too many together with those of other stages, which it doesn't know of: it is told to stop.
      hearOrder(state, batch, progress.hold);
    },
    { description: 'From the running batch: how far it is, and which order it has in force.' },
  );

  setHandler(
    pauseUpdate,
    counted(state, async (message?: Message) => {
      state.pause(read(message));
      return tellBatch(state);
    }),
    {
      validator: (message?: Message) => validate(state, { kind: 'pause' }, message),
      description: `No new change starts until resumed. ${describeMembers('pause')}`,
    },
  );

  setHandler(
    resumeUpdate,
    counted(state, async (message?: Message) => {
      if (state.paused !== undefined) {
        state.paused = undefined;
        state.note('resume', read(message));
      }
      return tellBatch(state);
    }),
    {
      validator: (message?: Message) => validate(state, { kind: 'resume' }, message),
      description: `Ends a pause. ${describeMembers('resume')}`,
    },
  );

  setHandler(
    approveUpdate,
    counted(state, async (message?: ApproveMessage) => {
      state.note('approve', read(message));
      state.letPass();
      // A batch may be what was held, for want of readings.
      return tellBatch(state);
    }),
    {
      validator: (message?: ApproveMessage) => validate(state, { kind: 'approve', ...readApproval(message) }, message),
      description: `Lets the waiting stage start. ${describeMembers('approve')}`,
    },
  );

  setHandler(
    rejectUpdate,
    counted(state, async (message?: ApproveMessage) => {
      const { by, reason } = state.note('reject', read(message));
      state.halt({ reason: `rejected${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`, restore: false });
      return tellBatch(state);
    }),
    {
      validator: (message?: ApproveMessage) => validate(state, { kind: 'reject', ...readApproval(message) }, message),
      description: `Halts the rollout instead of letting the waiting stage start. ${describeMembers('reject')}`,
    },
  );

  setHandler(
    skipBakeUpdate,
    counted(state, (message?: Message) => {
      state.note('skipBake', read(message));
      state.letPass();
      return state.status();
    }),
    {
      validator: (message?: Message) => validate(state, { kind: 'skipBake' }, message),
      description: `Ends the current bake. ${describeMembers('skipBake')}`,
    },
  );

  setHandler(
    revertUpdate,
    counted(state, async (message?: RevertMessage) => {
      const { count, ...selection } = readRevert(message);
      const { by, reason } = read(message);
      const chosen = state.selectForRevert(selection);
      if ('refusal' in chosen) return state.status();
      const detail = `is taken back${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`;
      await state.reverts?.order(
        chosen.targets.map(({ arn }) => ({ arn, reason: 'operator', detail, count, restore: true })),
      );
      return state.status();
    }),
    {
      validator: (message?: RevertMessage) => {
        validate(state, { kind: 'revert' }, message);
        const chosen = state.selectForRevert(readRevert(message));
        if ('refusal' in chosen) throw messageRefused(chosen.refusal);
      },
      description: `Takes changed targets back now; none counts as a failure unless count is true. ${describeMembers('revert')}`,
    },
  );

  setHandler(revertPreviewQuery, (message?: RevertMessage) => preview(state, message), {
    description: `What a revert would do now: what goes back, and what becomes of the budget. ${describeMembers('revert')}`,
  });

  setHandler(
    abortUpdate,
    counted(state, async (message?: AbortMessage) => {
      state.abort({ mode: readMode(message), ...read(message) });
      return tellBatch(state);
    }),
    {
      validator: (message?: AbortMessage) => validate(state, { kind: 'abort', mode: readMode(message) }, message),
      description: `Final: no new change starts; mode halt (default) or rollback. ${describeMembers('abort')}`,
    },
  );
}

/** Anybody may signal: a report is taken from the batch that runs, and only where it can be true of it. */
function isOf({ handle, arns }: RunningBatch, { run, batch, counts, failed, inFlight }: ProgressMessage): boolean {
  if (run !== workflowInfo().originalExecutionRunId || batch !== handle.workflowId) return false;
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Math.max(done, failed, inFlight) <= arns.size;
}

/** A query changes nothing, so a message that would be refused is answered with the reason. */
function preview(state: RunState, message: RevertMessage | undefined): RevertPreviewAnswer {
  const why = malformed('revert', message) ?? refusal({ kind: 'revert' }, state.operatorState());
  if (why !== undefined) return { refusal: cutReason(why) };
  const { count, ...selection } = readRevert(message);
  const answer = state.previewRevert(selection, count);
  return 'refusal' in answer ? { refusal: cutReason(answer.refusal) } : answer;
}

/** Every message that is taken counts, since Temporal takes only so many Updates of one run. */
export function counted<Args extends readonly unknown[], Reply>(
  { received }: RunState,
  handler: (...args: Args) => Reply,
): (...args: Args) => Reply {
  return (...args) => {
    received.updates += 1;
    return handler(...args);
  };
}

function validate(state: RunState, message: OperatorMessage, input: unknown): void {
  const why = malformed(message.kind, input) ?? refusal(message, state.operatorState());
  if (why !== undefined) throw messageRefused(why);
  mustBeFew(state, message.kind);
}

/** @throws ApplicationFailure of type `TooManyUpdates` where the run takes no more of this kind */
export function mustBeFew({ received }: RunState, kind: Parameters<typeof refusalOfMany>[0]): void {
  const why = refusalOfMany(kind, received.updates);
  if (why !== undefined) throw ApplicationFailure.nonRetryable(why, TOO_MANY_UPDATES);
}

/** What is wrong with a message may quote it, whatever is in it. */
export function messageRefused(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(cutReason(why), 'MessageRefused');
}

export function read(message: Message | undefined | null): Message {
  const { by, reason } = message ?? {};
  return {
    ...(by !== undefined && { by: cutReason(by) }),
    ...(reason !== undefined && { reason: cutReason(reason) }),
  };
}

function readMode(message: AbortMessage | undefined | null): 'halt' | 'rollback' {
  return message?.mode ?? 'halt';
}

function readRevert(message: RevertMessage | undefined | null): RevertSelection & { readonly count: boolean } {
  const { names, arns, count = false } = message ?? {};
  return { ...(names !== undefined && { names }), ...(arns !== undefined && { arns }), count };
}

function readApproval(message: ApproveMessage | undefined | null): Pick<ApproveMessage, 'stage' | 'planHash'> {
  const { stage, planHash } = message ?? {};
  return { ...(stage !== undefined && { stage }), ...(planHash !== undefined && { planHash }) };
}
