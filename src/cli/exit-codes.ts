import type { RolloutOutcome } from '../client/index.js';
import type { OutcomeKind } from '../rollout/outcome.js';

/** What the process ends with. A process that was ended by a signal has 128 plus the signal's number, as in a shell. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  badInput: 2,
  endedBadly: 3,
  targetsLeft: 4,
  unavailable: 5,
} as const;

/** For `--help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  unexpected error, or the question was answered with no
  2  bad input: nothing was started or changed
  3  the run ended halted, aborted, rolled back or failed; a rollback, that it isn't whole
  4  done, but targets are left failed, blocked, skipped or drifted
  5  no Temporal server, or no worker that can carry the rollout out: what was started
       stands waiting for one
  130 after Ctrl-C, 143 after SIGTERM: a rollout that was watched goes on,
       and one of run stands still until run --resume`;

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

export type EndingSignal = keyof typeof SIGNAL_NUMBERS;

/** @example exitCodeOfSignal('SIGINT') // 130 */
export function exitCodeOfSignal(signal: EndingSignal): number {
  return 128 + SIGNAL_NUMBERS[signal];
}

/** Outcomes after which a person still has something to do. */
const LEFT: readonly OutcomeKind[] = [
  'failed',
  'blocked',
  'skipped',
  'drifted',
  'replaced',
  'gone',
  'restore-failed',
] as const;

/** The one place that turns the end of a rollout into an exit code. */
export function exitCodeOfOutcome(outcome: RolloutOutcome): number {
  if (outcome.status === 'failed') return EXIT.endedBadly;
  const { counts } = outcome.result;
  return LEFT.some((kind) => (counts[kind] ?? 0) > 0) ? EXIT.targetsLeft : EXIT.done;
}

/** By the stable `type` of an error. What isn't here is unexpected. */
const CODE_BY_TYPE: ReadonlyMap<string, number> = new Map([
  ['BadInput', EXIT.badInput],
  ['EditedFile', EXIT.badInput],
  ['HistoryGone', EXIT.badInput],
  ['InvalidRolloutSpec', EXIT.badInput],
  ['InvalidScenario', EXIT.badInput],
  ['InvalidSchedule', EXIT.badInput],
  ['MessageRefused', EXIT.badInput],
  ['NothingToRollBack', EXIT.badInput],
  ['PlanChanged', EXIT.badInput],
  ['PlanFailed', EXIT.badInput],
  ['PlanRefused', EXIT.badInput],
  ['RegionUnreadable', EXIT.badInput],
  ['RolloutAlreadyRunning', EXIT.badInput],
  ['RolloutNotFound', EXIT.badInput],
  ['RolloutOpen', EXIT.badInput],
  ['ScheduleBusy', EXIT.badInput],
  ['ScheduleNotFound', EXIT.badInput],
  ['TemporalTlsInvalid', EXIT.badInput],
  ['Declined', EXIT.unexpected],
  ['RegionUnanswered', EXIT.unexpected],
  ['StateFolderUnusable', EXIT.badInput],
  ['LeftoverServer', EXIT.unavailable],
  ['NoServer', EXIT.unavailable],
  ['NoWorker', EXIT.unavailable],
  ['StateFolderInUse', EXIT.unavailable],
  ['TemporalServerMisconfigured', EXIT.unavailable],
  ['TemporalServerStartFailed', EXIT.unavailable],
  ['TemporalServerUnavailable', EXIT.unavailable],
  ['WorkflowTaskFailing', EXIT.unavailable],
]);

/** The one place that turns an error into an exit code. */
export function exitCodeOfError(error: unknown): number {
  return CODE_BY_TYPE.get(errorType(error) ?? '') ?? EXIT.unexpected;
}

/** The stable `type` of an error of this project that a user is expected to meet; undefined for any other. */
export function knownErrorType(error: unknown): string | undefined {
  const type = errorType(error);
  return type !== undefined && CODE_BY_TYPE.has(type) ? type : undefined;
}

function errorType(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('type' in error)) return undefined;
  return typeof error.type === 'string' ? error.type : undefined;
}

/** Called by a command with the code that the process has to end with, where that is not 0. */
export type SetExitCode = (code: number) => void;
