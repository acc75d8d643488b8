import type { EndingSignal } from './exit-codes.js';

export type CliErrorType =
  | 'BadInput'
  | 'Declined'
  | 'EditedFile'
  | 'HistoryGone'
  | 'InvalidSchedule'
  | 'MessageRefused'
  | 'NoServer'
  | 'NoWorker'
  | 'NothingToRollBack'
  | 'PlanChanged'
  | 'PlanRefused'
  | 'RegionUnanswered'
  | 'RegionUnreadable'
  | 'RolloutAlreadyRunning'
  | 'RolloutNotFound'
  | 'RolloutOpen'
  | 'ScheduleBusy'
  | 'ScheduleNotFound'
  | 'WorkflowTaskFailing';

/** Something that a user is expected to meet: its message says what happened and what to do, and needs no stack. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly type: CliErrorType,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The process was asked to end by a signal, before there was anything to report. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor(
    readonly signal: EndingSignal,
    message: string,
  ) {
    super(message);
  }
}

/** Why something failed, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
