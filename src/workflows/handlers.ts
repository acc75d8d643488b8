import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { type OperatorMessage, refusal } from '../rollout/operator.js';
import { cutReason } from '../rollout/outcome.js';
import type { RevertSelection } from '../rollout/revert.js';
import type { RolloutStatus } from '../rollout/status.js';
import {
  type AbortMessage,
  type ApproveMessage,
  abortUpdate,
  approveUpdate,
  holdSignal,
  type Message,
  pauseUpdate,
  progressSchema,
  progressSignal,
  type RevertMessage,
  rejectUpdate,
  resumeUpdate,
  revertUpdate,
  skipBakeUpdate,
} from './messages.js';
import type { RunState } from './run-state.js';
import { registerStatusHandlers } from './status-handlers.js';

/** Answers every message of a rollout; called before the first await, so that none is missed. */
export function registerHandlers(state: RunState): void {
  registerStatusHandlers(state);

  setHandler(
    progressSignal,
    (input: unknown) => {
      const { batch } = state;
      const progress = progressSchema.safeParse(input).data;
      if (batch === undefined || batch.handle.workflowId !== progress?.batch) return;
      batch.inForce = Math.max(batch.inForce, progress.hold);
      state.recordProgress(batch.stage, progress);
      // Its failures may be too many together with those of other stages, which it doesn't know of.
      if (progress.keys !== undefined && progress.keys.refusals > batch.refusals) {
        batch.refusals = progress.keys.refusals;
        state.refuse(progress.keys.refused);
      }
      if (batch.told.mode !== state.hold.mode) void tellBatch(state);
    },
    { description: 'From the running batch: how far it is, and which order it has in force.' },
  );

  setHandler(
    pauseUpdate,
    async (message?: Message) => {
      state.pause(read(message));
      return tellBatch(state);
    },
    {
      validator: (message?: Message) => validate(state, { kind: 'pause' }, message),
      description: 'No new change starts until resumed. { by?, reason? }',
    },
  );

  setHandler(
    resumeUpdate,
    async (message?: Message) => {
      if (state.paused !== undefined) {
        state.paused = undefined;
        state.note('resume', read(message));
      }
      return tellBatch(state);
    },
    {
      validator: (message?: Message) => validate(state, { kind: 'resume' }, message),
      description: 'Ends a pause. { by?, reason? }',
    },
  );

  setHandler(
    approveUpdate,
    async (message?: ApproveMessage) => {
      state.note('approve', read(message));
      state.letPass();
      // A batch may be what was held, for want of readings.
      return tellBatch(state);
    },
    {
      validator: (message?: ApproveMessage) => validate(state, { kind: 'approve', ...readApproval(message) }, message),
      description: 'Lets the waiting stage start. { by?, reason?, stage?, planHash? }',
    },
  );

  setHandler(
    rejectUpdate,
    async (message?: ApproveMessage) => {
      const { by, reason } = state.note('reject', read(message));
      state.halt({ reason: `rejected${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`, restore: false });
      return tellBatch(state);
    },
    {
      validator: (message?: ApproveMessage) => validate(state, { kind: 'reject', ...readApproval(message) }, message),
      description: 'Halts the rollout instead of letting the waiting stage start. { by?, reason?, stage?, planHash? }',
    },
  );

  setHandler(
    skipBakeUpdate,
    (message?: Message) => {
      state.note('skipBake', read(message));
      state.letPass();
      return state.status();
    },
    {
      validator: (message?: Message) => validate(state, { kind: 'skipBake' }, message),
      description: 'Ends the current bake. { by?, reason? }',
    },
  );

  setHandler(
    revertUpdate,
    async (message?: RevertMessage) => {
      const { count, ...selection } = readRevert(message);
      const { by, reason } = read(message);
      const chosen = state.selectForRevert(selection);
      if ('refusal' in chosen) return state.status();
      const detail = `is taken back${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`;
      await state.reverts?.order(
        chosen.targets.map(({ arn }) => ({ arn, reason: 'operator', detail, count, restore: true })),
      );
      return state.status();
    },
    {
      validator: (message?: RevertMessage) => {
        validate(state, { kind: 'revert' }, message);
        const chosen = state.selectForRevert(readRevert(message));
        if ('refusal' in chosen) throw messageRefused(chosen.refusal);
      },
      description: 'Takes changed targets back now. { names?, arns?, count?, by?, reason? }',
    },
  );

  setHandler(
    abortUpdate,
    async (message?: AbortMessage) => {
      state.abort({ mode: readMode(message), ...read(message) });
      return tellBatch(state);
    },
    {
      validator: (message?: AbortMessage) => validate(state, { kind: 'abort', mode: readMode(message) }, message),
      description: 'Final: no new change starts; mode halt (default) or rollback. { mode?, by?, reason? }',
    },
  );
}

/**
 * Passes the hold on to the running batch, and answers once the batch has it in force: from then on no change starts,
 * since every activity that hasn't written yet has been asked to stop and finds that out before it writes.
 */
export function tellBatch(state: RunState): Promise<RolloutStatus> {
  // Handlers run in the scope that a Temporal cancellation cancels, and that is just when the batch has to be told.
  return CancellationScope.nonCancellable(async () => {
    await condition(() => !state.isStartingBatch);
    const { batch } = state;
    if (batch === undefined) return state.status();
    const wanted = state.hold;
    const { accepted: told = 0 } = batch.told;
    const accepted = state.keys.first === undefined ? batch.refusals : told;
    if (batch.told.mode !== wanted.mode || batch.told.notAfter !== wanted.notAfter || told !== accepted) {
      batch.told = { number: batch.told.number + 1, ...wanted, ...(accepted > 0 && { accepted }) };
      await batch.handle.signal(holdSignal, batch.told).catch(() => undefined);
    }
    const { number } = batch.told;
    await condition(() => state.batch !== batch || batch.inForce >= number);
    return state.status();
  });
}

function validate(state: RunState, message: OperatorMessage, input: unknown): void {
  const why = malformed(input) ?? refusal(message, state.operatorState());
  if (why !== undefined) throw messageRefused(why);
}

/** What is wrong with a message may quote it, whatever is in it. */
export function messageRefused(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(cutReason(why), 'MessageRefused');
}

/** Messages come from any client in any language, the Temporal UI included. */
export function malformed(input: unknown): string | undefined {
  if (input === undefined || input === null) return undefined;
  if (typeof input !== 'object' || Array.isArray(input))
    return 'The message must be an object such as { "by": "ops", "reason": "…" }, or nothing.';
  for (const [member, value] of Object.entries(input)) {
    if (member === 'names' || member === 'arns') {
      if (isTexts(value)) continue;
      return `The message's "${member}" must be a list of texts.`;
    }
    if (member === 'count') {
      if (typeof value === 'boolean') continue;
      return 'count must be true or false.';
    }
    if (typeof value !== 'string') return `The message's "${member}" must be text.`;
    if (member === 'mode' && value !== 'halt' && value !== 'rollback')
      return `mode must be halt or rollback, not "${value.slice(0, 40)}".`;
  }
  return undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
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
  const { names, arns, count = true } = message ?? {};
  return { ...(names !== undefined && { names }), ...(arns !== undefined && { arns }), count };
}

function readApproval(message: ApproveMessage | undefined | null): Pick<ApproveMessage, 'stage' | 'planHash'> {
  const { stage, planHash } = message ?? {};
  return { ...(stage !== undefined && { stage }), ...(planHash !== undefined && { planHash }) };
}
