import { isDeepStrictEqual } from 'node:util';
import { ApplicationFailure, Context } from '@temporalio/activity';
import {
  classifyError,
  describeProblem,
  FRESH,
  type Lightsail,
  type LightsailFor,
  mayHaveTakenEffect,
  monotonicNow,
  NamedError,
  readerOf,
  retryThrottled,
  SESSION_RENEWED,
  WRITE_REFUSED,
} from '../lightsail/index.js';
import type { KeysRefused } from '../rollout/account-keys.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { ChangeRecord, Reading, Step } from '../rollout/change.js';
import type { MetadataOptions } from '../rollout/options.js';
import type { Sent, TargetFailure } from '../rollout/outcome.js';
import { scopeOf } from '../rollout/scope.js';
import { type SuspendedChange, suspendChange } from '../rollout/suspend.js';
import { type Target, targetLabel } from '../rollout/target.js';
import { callScope } from './call-scope.js';
import { denied, isRetryable, refusalOf, targetFailed, toFailure } from './failures.js';
import { type ChangeMetrics, changeMetrics } from './metrics.js';
import { TargetReadings } from './readings.js';
import { ServerTime } from './server-time.js';
import { WriteFence } from './write-fence.js';

export interface ChangeTask<End> {
  readonly target: Target;
  readonly settings: ChangeSettings;
  /** Only follow what an earlier activity may have begun: send nothing. */
  readonly followOnly: boolean;
  /** An Update of which this activity has no record may have been sent before. */
  readonly mayHaveWritten: boolean;
  /** What an earlier activity has begun, and was kept from following. */
  readonly suspended?: SuspendedChange | undefined;
  /** A refused action is waited for so long, in milliseconds; left out, it ends the target at once. */
  readonly deniedFor?: number;
  /** No Update is sent at this time of the server or later; milliseconds since the epoch. */
  readonly notAfter?: number;
  readonly decide: (record: ChangeRecord, reading: Reading) => Step<End>;
  /** Whether this end means that what was written has been read back as applied. */
  readonly isApplied: (end: End) => boolean;
}

/**
 * How it ended; `end` is missing where it was held: the target goes back to the queue. With `refused` that was for the
 * caller's keys, and `suspended` is what was begun before.
 */
export interface ChangeEnd<End> extends Sent {
  readonly end?: End;
  readonly wrote: boolean;
  readonly refused?: KeysRefused;
  readonly suspended?: SuspendedChange;
}

const HELD = { wrote: false } as const;

/**
 * One conversation with Lightsail about one target: read, decide, record, write, and read until it is as wanted.
 * Every attempt begins with a reading, so an unclear answer is always read back before anything is repeated.
 *
 * @throws ApplicationFailure of type `TargetFailed` where the target has failed for good; retryable failures, named after
 * the AWS error, for everything that Temporal should try again
 */
export async function changeInstance<End>(lightsailFor: LightsailFor, task: ChangeTask<End>): Promise<ChangeEnd<End>> {
  const context = Context.current();
  const { target, settings } = task;
  const scope = scopeOf(target.arn);
  const lightsail = lightsailFor(callScope(scope, context));
  const time = new ServerTime(context);
  const isOver = async () => task.notAfter !== undefined && (await time.isPast(task.notAfter));
  const fence = new WriteFence(context, task.followOnly, task.suspended);
  const reader = readerOf(lightsail);
  const readings = new TargetReadings(reader, target, settings, fence);
  const metrics = changeMetrics(context.metricMeter, scope.region);
  const call = { abortSignal: fence.signal, onWait: () => fence.beatOn() };
  /** The turn of an Update has come, and none was sent yet. */
  let isReserved = false;
  const read = (isUrgent: boolean): Promise<Reading> => readings.next(isUrgent, () => metrics.countThrottle());
  /** The server acknowledged the record of an Update late: one more reading says whether it is still the one to send. */
  const isStillDecided = async (before: ChangeRecord, send: MetadataOptions): Promise<boolean> => {
    let isDecided = false;
    try {
      const step = task.decide(before, await read(true));
      isDecided = step.do === 'write' && isDeepStrictEqual(step.send, send) && !(await isOver());
    } finally {
      // Nothing was sent on this record.
      if (!isDecided) fence.forgetWrite(before);
    }
    return isDecided;
  };
  const turn = async (): Promise<ChangeEnd<End> | undefined> => {
    fence.throwIfMoot();
    if (fence.isCancelled && !fence.record.wrote) return HELD;
    const reading = await read(isReserved);
    const step = task.decide(fence.record, reading);
    switch (step.do) {
      case 'end':
        // What is only followed was written by another activity, at a time that isn't known here.
        if (fence.record.wrote && !task.followOnly && task.isApplied(step.end)) {
          metrics.recordApplied(reading.waited);
          readings.learn();
        }
        return { end: step.end, wrote: hasWritten(fence.record, task), ...sentIn(fence.record, task) };
      case 'wait':
        // The turn is given up: held for as long as it waits, it would go before all others of its scope.
        isReserved = false;
        break;
      case 'write': {
        // An Update that was sent before has provably come to nothing: the old values have been read for two polls.
        if (task.followOnly || (await isOver())) return HELD;
        const before = fence.record;
        // Only an Update that finds no instance comes back here with its errors used up, see sendUpdate.
        if (before.errors >= settings.maxErrors) throw neverFound(task, before);
        const since = monotonicNow();
        if (!isReserved) await lightsail.reserveWrite?.(call);
        isReserved = true;
        await lightsail.prepareWrite?.();
        // It waited for long: what it was decided on may have changed.
        if (monotonicNow() - since > FRESH) return undefined;
        const recordedAt = monotonicNow();
        if (!(await fence.recordWrite())) return HELD;
        if (monotonicNow() - recordedAt > FRESH && !(await isStillDecided(before, step.send))) return undefined;
        isReserved = false;
        try {
          await sendUpdate(reader.lightsail, target, step.send, fence, before, metrics);
        } finally {
          readings.startAnew();
        }
        break;
      }
      default:
        step satisfies never;
    }
    readings.plan();
    await fence.beat();
    return undefined;
  };
  for (;;) {
    try {
      // After a throttled call the whole turn is taken anew: what it was decided on may have changed during the wait.
      const end = await retryThrottled(turn, {
        sleep: (ms) => fence.pause(ms),
        onThrottled: () => metrics.countThrottle(),
      });
      if (end !== undefined) return end === HELD ? { wrote: hasWritten(fence.record, task) } : end;
    } catch (error) {
      const refused = refusedBy(error, task, fence);
      if (refused !== undefined) return refused;
      await bear(error, task, fence, metrics).catch((end: unknown) => {
        fence.handOver();
        throw end;
      });
    }
  }
}

/**
 * What is said of the caller's keys ends the activity, and charges nothing to the target: the workflow waits until they are
 * accepted again, which may take hours of heartbeats here.
 */
function refusedBy<End>(error: unknown, task: ChangeTask<End>, fence: WriteFence): ChangeEnd<End> | undefined {
  const refused = refusalOf(error, scopeOf(task.target.arn));
  if (refused === undefined) return undefined;
  fence.throwIfMoot();
  const record = fence.timedRecord();
  if (!record.wrote) return { wrote: hasWritten(record, task), refused };
  return { wrote: true, refused, suspended: suspendChange(record), ...sentIn(record, task) };
}

/** Decides what an error means for the target: throws what ends this attempt, returns where it is followed on. */
async function bear<End>(
  error: unknown,
  task: ChangeTask<End>,
  fence: WriteFence,
  metrics: ChangeMetrics,
): Promise<void> {
  const { target, settings } = task;
  fence.throwIfMoot();
  if (error instanceof ApplicationFailure) throw error;
  // Cancelled before the write: nothing of AWS's.
  if (fence.isCancelled && !fence.record.wrote) return;
  const label = targetLabel(target);
  const problem = classifyError(error);
  // What was changed has to go back: an action that is refused for now is asked for again, once a minute before long.
  if (problem.kind === 'denied' && waitedFor(Context.current()) < (task.deniedFor ?? 0)) throw denied(error, label);
  if (!isRetryable(problem)) throw targetFailed(label, failureIn(fence.record, task, describeProblem(problem)));
  // Nothing was sent: that is the worker's trouble, and not the target's.
  if (problem.name !== SESSION_RENEWED) await fence.recordError();
  const { errors } = fence.record;
  if (errors >= settings.maxErrors) {
    const detail = `failed ${errors} times, last with ${describeProblem(problem)}`;
    throw targetFailed(label, failureIn(fence.record, task, detail));
  }
  metrics.countRetry(problem.name);
  // Temporal doesn't retry an activity whose cancellation was asked for, so its change is followed right here.
  if (!fence.isCancelled) throw toFailure(error, label);
  await fence.pause(settings.pollInterval * Math.max(1, errors));
}

/** For how long this activity has been tried; by the server's clock, as attempts may be of several workers. */
function waitedFor({ info }: Context): number {
  return info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
}

async function sendUpdate(
  lightsail: Lightsail,
  target: Target,
  send: MetadataOptions,
  fence: WriteFence,
  before: ChangeRecord,
  metrics: ChangeMetrics,
): Promise<void> {
  try {
    const request = { instanceName: target.name, ...send };
    const confirm = () => fence.confirmWrite();
    const call = { abortSignal: fence.signal, reserved: true, confirm } as const;
    const reply = await lightsail.updateInstanceMetadataOptions(request, call);
    const { operation } = reply;
    // It may be null on the wire.
    if (!operation) {
      throw new NamedError('EmptyReply', 'the Update was answered without an operation', reply.$metadata.requestId);
    }
    if (operation.resourceName && operation.resourceName !== target.name) {
      const why = `the Update of ${target.name} was answered with an operation of ${operation.resourceName}`;
      throw new NamedError('WrongInstance', why, reply.$metadata.requestId);
    }
    if (operation.status === 'Failed') {
      const why = [operation.errorCode, operation.errorDetails].filter(Boolean).join(' ');
      throw new NamedError(
        'OperationFailureException',
        `the operation failed: ${why || 'no reason given'}`,
        reply.$metadata.requestId,
      );
    }
    fence.recordAccepted(reply.$metadata.requestId);
  } catch (error) {
    const problem = classifyError(error);
    if (mayHaveTakenEffect(problem)) fence.noteRequest(problem.requestId);
    else fence.forgetWrite(before);
    if (problem.name === WRITE_REFUSED) {
      metrics.countRetry(problem.name);
      return;
    }
    if (problem.kind !== 'gone') throw error;
    // The instance went away under the write, as the next reading will say. Or it finds it, but not for ever.
    await fence.recordError();
  }
}

function neverFound<End>(task: ChangeTask<End>, record: ChangeRecord): ApplicationFailure {
  const detail = `failed ${record.errors} times: the Update says NotFoundException of an instance that every reading finds`;
  return targetFailed(targetLabel(task.target), failureIn(record, task, detail));
}

function failureIn(
  record: ChangeRecord,
  task: Pick<ChangeTask<unknown>, 'followOnly' | 'mayHaveWritten'>,
  detail: string,
): TargetFailure {
  return { wrote: hasWritten(record, task), detail, ...sentIn(record, task) };
}

function hasWritten(record: ChangeRecord, { mayHaveWritten }: Pick<ChangeTask<unknown>, 'mayHaveWritten'>): boolean {
  return record.wrote || mayHaveWritten;
}

/** What is only followed was sent by another activity, at a time that isn't known here. */
function sentIn({ wrote, at, request }: ChangeRecord, { followOnly }: Pick<ChangeTask<unknown>, 'followOnly'>): Sent {
  return wrote && at !== undefined && !followOnly ? { sent: [request ?? null, at] } : {};
}
