import { defineUpdate, setHandler } from '@temporalio/workflow';
import { describeMembers, malformed } from '../rollout/message-members.js';
import { refusalOfRollback } from '../rollout/operator.js';
import type { RolloutStatus } from '../rollout/status.js';
import { counted, messageRefused, mustBeFew, read } from './handlers.js';
import {
  type AbortMessage,
  abortUpdate,
  addTargetsSchema,
  addTargetsUpdate,
  approveUpdate,
  type Message,
  pauseUpdate,
  rejectUpdate,
  resumeUpdate,
  revertPreviewQuery,
  revertUpdate,
  skipBakeUpdate,
  type TargetsMessage,
} from './messages.js';
import type { RunState } from './run-state.js';
import { registerSignals } from './signal-handlers.js';
import { registerStatusHandlers } from './status-handlers.js';
import type { Upload } from './upload.js';

/** Answers every message of a rollback; called before the first await, so that none is missed. */
export function registerRollbackHandlers(state: RunState, upload: Upload): void {
  registerStatusHandlers(state);

  registerSignals(state, {
    pause: () => refusalInRollback('pause'),
    abort: (message: AbortMessage) => {
      const why = refusalOfRollback(message.mode, state);
      if (why !== undefined) return why;
      void leaveRest(state, read(message));
      return undefined;
    },
  });

  setHandler(
    abortUpdate,
    counted(state, (message?: AbortMessage) => leaveRest(state, read(message))),
    {
      validator: (message?: AbortMessage) => {
        const why = malformed('abort', message) ?? refusalOfRollback(message?.mode, state);
        if (why !== undefined) throw messageRefused(why);
      },
      description: `Final: nothing more is taken back; what was begun is finished. ${describeMembers('abort')}`,
    },
  );

  setHandler(
    addTargetsUpdate,
    counted(state, ({ index, entries }: TargetsMessage) => {
      upload.add(index, entries);
      return upload.size;
    }),
    {
      validator: (message: TargetsMessage) => {
        const check = addTargetsSchema.safeParse(message);
        const [issue] = check.error?.issues ?? [];
        if (issue === undefined) return mustBeFew(state, 'addTargets');
        throw messageRefused(`${issue.path.join('.')}: ${issue.message}`);
      },
      description: 'A part of what is to be taken back: { index, entries: [{ stage, target }] }.',
    },
  );

  setHandler(revertPreviewQuery, () => ({ refusal: refusalInRollback('revert') }), {
    description: "Refused: a rollback isn't held, and can only be aborted.",
  });

  for (const { name } of [pauseUpdate, resumeUpdate, approveUpdate, rejectUpdate, skipBakeUpdate, revertUpdate]) {
    setHandler(defineUpdate<RolloutStatus>(name), () => state.status(), {
      validator: () => {
        throw messageRefused(refusalInRollback(name));
      },
      description: "Refused: a rollback isn't held, and can only be aborted.",
    });
  }
}

function refusalInRollback(name: string): string {
  return `A rollback isn't held: ${name} has no effect. Only abort has.`;
}

/** Nothing more is begun; answered at once, while what was begun is finished. */
export async function leaveRest(state: RunState, message: Message): Promise<RolloutStatus> {
  state.abort({ ...message, mode: 'halt' });
  await state.restoring?.stop();
  return state.status();
}
