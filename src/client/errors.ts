import { type ChecksumCheck, describeEdit } from '../rollout/checksum.js';
import type { Problem } from '../rollout/problem.js';
import { describeProblems } from '../rollout/spec.js';

/** A spec that the rollout would refuse; nothing was started. */
export class InvalidRolloutSpecError extends Error {
  override readonly name = 'InvalidRolloutSpecError';
  readonly type = 'InvalidRolloutSpec';

  constructor(readonly problems: readonly Problem[]) {
    super(`The rollout spec is refused:\n${describeProblems(problems)}`);
  }
}

/** A rollout of that ID is open already; nothing was started. */
export class RolloutAlreadyRunningError extends Error {
  override readonly name = 'RolloutAlreadyRunningError';
  readonly type = 'RolloutAlreadyRunning';

  constructor(readonly workflowId: string) {
    super(`Rollout ${workflowId} is open already: watch it, wait for it, or give this one another name.`);
  }
}

/** An undo file was edited since it was written; nothing was started. */
export class EditedFileError extends Error {
  override readonly name = 'EditedFileError';
  readonly type = 'EditedFile';

  constructor(workflowId: string, check: ChecksumCheck) {
    super(
      `The undo file of ${workflowId} was edited since it was written: ${describeEdit(check)}. Nothing was started. Take the file as it was written, or set allowEdited.`,
    );
  }
}

/** No plan could be made; nothing was changed. */
export class PlanFailedError extends Error {
  override readonly name = 'PlanFailedError';
  readonly type = 'PlanFailed';
}

/** A message makes no sense now, and was not taken; the rollout is as it was. */
export class MessageRefusedError extends Error {
  override readonly name = 'MessageRefusedError';
  readonly type = 'MessageRefused';
}

/** A schedule that makes no sense, or that the server refuses; nothing was created or changed. */
export class InvalidScheduleError extends Error {
  override readonly name = 'InvalidScheduleError';
  readonly type = 'InvalidSchedule';

  constructor(readonly problems: readonly Problem[]) {
    super(`The schedule is refused:\n${describeProblems(problems)}`);
  }
}
