import { setTimeout as delay } from 'node:timers/promises';
import { RolloutSchedules, viewSchedule } from '../../client/index.js';
import { cleanLine } from '../../rollout/clean.js';
import { countOf } from '../../rollout/status.js';
import { ask, whereAsked } from '../ask.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import type { ConnectionFlags, JsonFlag } from '../flags.js';
import type { ScheduleStateJson, ScheduleTriggerJson } from '../json/schedule.js';
import { commandLine } from '../next-command.js';
import { operatorName } from '../operator-name.js';
import type { Output } from '../output.js';
import { wrap } from '../render/columns.js';
import type { Session } from '../temporal.js';
import { awaitWorker, describeNoWorker } from '../workers.js';
import { type FoundSchedule, findSchedule } from './find-schedule.js';
import { openRuns } from './read-schedule.js';

const ANSWER_TIMEOUT = 10_000;

export interface SteerFlags extends ConnectionFlags, JsonFlag {
  readonly by?: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** Pauses or resumes a schedule. */
export async function pauseSchedule(
  session: Session,
  id: string | undefined,
  how: 'pause' | 'resume',
  flags: SteerFlags,
  output: Output,
): Promise<void> {
  const found = await findSchedule(session, id);
  const said = `${how}d by ${flags.by ?? operatorName()}${flags.reason === undefined ? '' : `: ${flags.reason}`}`;
  const schedules = new RolloutSchedules(session.client);
  await session.within(ANSWER_TIMEOUT, () => schedules[how](found.id, said));
  const state = how === 'pause' ? 'paused' : 'active';
  const json = await stateJson(session, found, state, flags.reason);
  output.result(json);
  const says = how === 'pause' ? 'is paused: it starts no run until resumed' : 'is active again';
  output.print(`${output.paint.green('✔')} Schedule ${cleanLine(found.id)} ${says}.`, ...sayOpen(json, flags, output));
}

/** Deletes a schedule, after a question where that can be asked. */
export async function deleteSchedule(
  session: Session,
  id: string | undefined,
  flags: SteerFlags,
  output: Output,
): Promise<void> {
  const found = await findSchedule(session, id);
  const json = await stateJson(session, found, 'deleted');
  if (!flags.yes) await askToDelete(found.id, session, output);
  await session.within(ANSWER_TIMEOUT, () => new RolloutSchedules(session.client).delete(found.id));
  output.result(json);
  output.print(
    `${output.paint.green('✔')} Schedule ${cleanLine(found.id)} is deleted.`,
    ...sayOpen(json, flags, output),
  );
}

/** @throws CliError `Declined`; InterruptedError after Ctrl-C */
async function askToDelete(id: string, session: Session, output: Output): Promise<void> {
  const question = `Delete schedule ${cleanLine(id)} (${whereAsked(session)})? New instances are hardened no longer.`;
  await ask(output, question, 'Nothing was deleted');
}

async function stateJson(
  session: Session,
  { id, description }: FoundSchedule,
  state: ScheduleStateJson['state'],
  reason?: string,
): Promise<ScheduleStateJson> {
  return {
    scheduleId: id,
    namespace: session.namespace,
    address: session.address,
    state,
    ...(reason !== undefined && { reason }),
    open: await openRuns(session, description),
  };
}

function sayOpen({ open, state }: ScheduleStateJson, flags: ConnectionFlags, output: Output): string[] {
  const [first] = open;
  if (first === undefined || state === 'active') return [];
  const goes = open.length === 1 ? 'goes' : 'go';
  return [
    ...wrap(
      `  ${countOf(open.length, 'run')} of it ${open.length === 1 ? 'is' : 'are'} open, and ${goes} on. To hold it:`,
      output.width,
      '  ',
    ),
    `  ${commandLine('pause', first.workflowId, flags)}`,
  ];
}

/** Starts a run now, and says which. @returns the exit code: that of a missing worker where the run waits for one */
export async function triggerSchedule(
  session: Session,
  id: string | undefined,
  flags: SteerFlags,
  output: Output,
): Promise<number> {
  const found = await findSchedule(session, id);
  const open = await openRuns(session, found.description);
  const waits = open.length > 0 && found.description.policies.overlap === 'BUFFER_ONE';
  if (open.length > 0 && !waits && found.description.policies.overlap === 'SKIP') throw busy(found.id, open[0], flags);
  await session.within(ANSWER_TIMEOUT, () => new RolloutSchedules(session.client).trigger(found.id));
  const pointers = { scheduleId: found.id, namespace: session.namespace, address: session.address };
  if (waits) {
    const json: ScheduleTriggerJson = { ...pointers, state: 'waiting' };
    output.result(json);
    output.print('A run is open: the next one starts once that has ended.');
    return EXIT.done;
  }
  const run = await startedRun(session, found);
  const json: ScheduleTriggerJson = { ...pointers, state: 'started', ...run };
  output.result(json);
  output.print(
    `${output.paint.green('✔')} Started ${cleanLine(run.workflowId)}.`,
    '',
    'To follow it:',
    `  ${commandLine('watch', run.workflowId, flags)}`,
  );
  const { taskQueue } = viewSchedule(found.description);
  const pollers = await awaitWorker(session, taskQueue, output.note);
  if (pollers.live > 0) return EXIT.done;
  output.note(`${describeNoWorker(session, taskQueue, pollers)}\nThe run is started and stands waiting for it.`);
  return EXIT.unavailable;
}

function busy(id: string, run: { readonly workflowId: string } | undefined, flags: ConnectionFlags): CliError {
  const watch = run === undefined ? '' : ` To follow it:\n  ${commandLine('watch', run.workflowId, flags)}`;
  return new CliError(
    'ScheduleBusy',
    `A run of schedule ${id} is open, so no other was started: its overlap policy is to pass over.${watch}`,
  );
}

/** The run that is new since. @throws CliError `ScheduleBusy` where the server has passed the trigger over */
async function startedRun(
  session: Session,
  { id, description }: FoundSchedule,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  const known = new Set(description.info.recentActions.map(({ action }) => action.workflow.firstExecutionRunId));
  const until = Date.now() + ANSWER_TIMEOUT;
  for (;;) {
    const { info } = await session.within(ANSWER_TIMEOUT, () => new RolloutSchedules(session.client).describe(id));
    const fresh = info.recentActions.find(({ action }) => !known.has(action.workflow.firstExecutionRunId));
    if (fresh !== undefined) {
      const { workflowId, firstExecutionRunId: runId } = fresh.action.workflow;
      return { workflowId, runId };
    }
    if (info.numActionsSkippedOverlap > description.info.numActionsSkippedOverlap) throw busy(id, undefined, {});
    if (Date.now() > until) {
      throw new CliError(
        'NoServer',
        `The server has taken the trigger of ${id}, and hasn't started a run yet: look at it with ${commandLine('schedule describe', id, session.flags)}`,
      );
    }
    await delay(100);
  }
}
