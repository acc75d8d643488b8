import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
  type ScheduleSummary,
} from '@temporalio/client';
import type { RolloutSpecInput } from '../rollout/spec.js';
import { InvalidScheduleError } from './errors.js';
import { ROLLOUT_TYPE, requestSchedule, type ScheduleRequest, type ScheduleWish } from './schedule-request.js';
import { explainRefusal } from './schedule-timing.js';
import { compareSchedules, type ScheduleDifference, viewSchedule } from './schedule-view.js';

/** What `save` does, or would do. */
export interface ScheduleChange {
  readonly id: string;
  readonly change: 'created' | 'updated' | 'unchanged';
  /** None where it is new. */
  readonly differences: readonly ScheduleDifference[];
  /** An update leaves a pause as it is. */
  readonly isPaused: boolean;
}

/**
 * Schedules that start rollouts again and again, so that new and reverted instances are changed too.
 *
 * @example
 * const schedules = new RolloutSchedules(new Client({ connection }));
 * await schedules.save(spec, { cron: ['0 3 * * *'], timeZone: 'Europe/Stockholm' });
 */
export class RolloutSchedules {
  /** @param client - a Temporal client */
  constructor(private readonly client: Client) {}

  /**
   * Creates the schedule, or changes it to be as wanted; done twice, the second time changes nothing.
   *
   * @throws InvalidRolloutSpecError for a spec that is wrong, or that needs a person, as an approval does
   * @throws InvalidScheduleError for a timing that is wrong, or that the server refuses
   */
  async save(input: RolloutSpecInput, wish: ScheduleWish): Promise<ScheduleChange> {
    const wanted = requestSchedule(input, wish);
    try {
      return await this.#carryOut(wanted);
    } catch (error) {
      // Created by somebody else meanwhile.
      if (error instanceof ScheduleAlreadyRunning) return this.#carryOut(wanted);
      // What the server calls an invalid argument.
      if (error instanceof TypeError) throw new InvalidScheduleError([explainRefusal(error.message, wish)]);
      throw error;
    }
  }

  /** What {@link save} would do; changes nothing. @throws as `save` does, but for what only the server knows */
  async compare(input: RolloutSpecInput, wish: ScheduleWish): Promise<ScheduleChange> {
    const wanted = requestSchedule(input, wish);
    return describeChange(wanted, await this.#find(wanted.options.scheduleId));
  }

  /** How a schedule stands, as Temporal has it; see `viewSchedule`. @throws ScheduleNotFoundError */
  describe(id: string): Promise<ScheduleDescription> {
    return this.client.schedule.getHandle(id).describe();
  }

  /** Those that start rollouts, whoever has made them. The server lists a new one after a moment only. */
  async list(): Promise<ScheduleSummary[]> {
    const found: ScheduleSummary[] = [];
    for await (const schedule of this.client.schedule.list()) {
      if (schedule.action?.workflowType === ROLLOUT_TYPE) found.push(schedule);
    }
    return found;
  }

  /** No new run starts until resumed; one that is open goes on. @throws ScheduleNotFoundError */
  pause(id: string, reason: string): Promise<void> {
    return this.client.schedule.getHandle(id).pause(reason);
  }

  /** Ends a pause. @throws ScheduleNotFoundError */
  resume(id: string, reason: string): Promise<void> {
    return this.client.schedule.getHandle(id).unpause(reason);
  }

  /** Starts a run now, as if its time had come, also while the schedule is paused. @throws ScheduleNotFoundError */
  async trigger(id: string): Promise<void> {
    const { policies } = await this.describe(id);
    await this.client.schedule.getHandle(id).trigger(policies.overlap);
  }

  /** A run that is open goes on. @throws ScheduleNotFoundError */
  delete(id: string): Promise<void> {
    return this.client.schedule.getHandle(id).delete();
  }

  async #find(id: string): Promise<ScheduleDescription | undefined> {
    try {
      return await this.describe(id);
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  }

  async #carryOut(wanted: ScheduleRequest): Promise<ScheduleChange> {
    const { options } = wanted;
    const found = await this.#find(options.scheduleId);
    const change = describeChange(wanted, found);
    if (found === undefined) await this.client.schedule.create(options);
    else if (change.change === 'updated') await this.#update(options);
    return change;
  }

  #update({ scheduleId, spec, action, policies = {} }: ScheduleOptions): Promise<void> {
    return this.client.schedule.getHandle(scheduleId).update(({ state }) => ({ spec, action, policies, state }));
  }
}

function describeChange({ options, view }: ScheduleRequest, found: ScheduleDescription | undefined): ScheduleChange {
  const id = options.scheduleId;
  if (found === undefined) return { id, change: 'created', differences: [], isPaused: false };
  const differences = compareSchedules(viewSchedule(found), view);
  const change = differences.length === 0 ? 'unchanged' : 'updated';
  return { id, change, differences, isPaused: found.state.paused };
}
