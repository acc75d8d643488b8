import { setTimeout as delay } from 'node:timers/promises';
import { type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { defaultScheduleId, ROLLOUT_TYPE, RolloutSchedules } from '../../client/index.js';
import { suggest } from '../../rollout/problem.js';
import { CliError } from '../errors.js';
import { commandLine } from '../next-command.js';
import type { Session } from '../temporal.js';

const ANSWER_TIMEOUT = 10_000;
/** More than anybody wants to read in an error message. */
const MAX_LISTED = 20;

/** A schedule that exists. */
export interface FoundSchedule {
  readonly id: string;
  readonly description: ScheduleDescription;
}

/**
 * The schedule of an ID, or of a spec's name; without one, the only one there is.
 *
 * @throws CliError `ScheduleNotFound`, or `BadInput` where there are several or the ID is of something else
 */
export async function findSchedule(session: Session, id: string | undefined): Promise<FoundSchedule> {
  if (id === undefined) return requireSchedule(session, await onlySchedule(session));
  return requireSchedule(session, id);
}

/** @returns undefined where there is none of that ID or name */
export async function lookForSchedule(session: Session, id: string): Promise<FoundSchedule | undefined> {
  for (const scheduleId of [id, defaultScheduleId(id)]) {
    const description = await describe(session, scheduleId);
    if (description !== undefined) return { id: scheduleId, description };
  }
  return undefined;
}

async function requireSchedule(session: Session, id: string): Promise<FoundSchedule> {
  const found = (await lookForSchedule(session, id)) ?? (await lookAgain(session, id));
  const { workflowType } = found.description.action;
  if (workflowType === ROLLOUT_TYPE) return found;
  throw new CliError('BadInput', `Schedule ${found.id} starts workflows of type ${workflowType}, not rollouts.`);
}

const LOOK_AGAIN = { times: 5, after: 300 } as const;

/**
 * The server (1.32) once said of a schedule that it had changed seconds before that there is none: one that it lists is
 * asked for again.
 */
async function lookAgain(session: Session, id: string): Promise<FoundSchedule> {
  const known = await listIds(session);
  if (!known.includes(id) && !known.includes(defaultScheduleId(id))) throw notFound(session, id, known);
  for (let time = 0; time < LOOK_AGAIN.times; time += 1) {
    await delay(LOOK_AGAIN.after);
    const found = await lookForSchedule(session, id);
    if (found !== undefined) return found;
  }
  // Deleted just now, and still listed.
  throw notFound(session, id, []);
}

async function describe(session: Session, id: string): Promise<ScheduleDescription | undefined> {
  try {
    return await session.within(ANSWER_TIMEOUT, () => new RolloutSchedules(session.client).describe(id));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function notFound(session: Session, id: string, known: readonly string[]): CliError {
  // A name is as good as an ID.
  const names = known.flatMap((each) => (each.startsWith(PREFIX) ? [each, each.slice(PREFIX.length)] : [each]));
  const near = suggest(id, names);
  const hint =
    near === undefined
      ? `To see those there are: ${commandLine('schedule list', '', session.flags)}`
      : `Did you mean ${near}?`;
  return new CliError(
    'ScheduleNotFound',
    `There is no schedule ${id} in namespace ${session.namespace} at ${session.address}. ${hint}`,
  );
}

const PREFIX = defaultScheduleId('');

async function onlySchedule(session: Session): Promise<string> {
  const ids = await listIds(session);
  const [only] = ids;
  if (only === undefined) {
    throw new CliError(
      'ScheduleNotFound',
      `There is no schedule of rollouts in namespace ${session.namespace} at ${session.address}. One that was created just now is listed after a few seconds: give its ID.`,
    );
  }
  if (ids.length === 1) return only;
  const more = ids.length - MAX_LISTED;
  throw new CliError(
    'BadInput',
    `There are several schedules, name one of them:\n  ${ids.slice(0, MAX_LISTED).join('\n  ')}${more > 0 ? `\n  and ${more} more` : ''}`,
  );
}

async function listIds(session: Session): Promise<string[]> {
  const found = await session.within(ANSWER_TIMEOUT, () => new RolloutSchedules(session.client).list());
  return found.map(({ scheduleId }) => scheduleId).sort();
}
