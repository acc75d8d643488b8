import pMap from 'p-map';
import { RolloutSchedules } from '../../client/index.js';
import type { ConnectionFlags } from '../flags.js';
import type { ScheduledRunJson, ScheduleJson, ScheduleListJson } from '../json/schedule.js';
import { commandLine, type NextCommand } from '../next-command.js';
import type { Output } from '../output.js';
import { wrap } from '../render/columns.js';
import { renderSchedule, renderScheduleList } from '../render/schedule.js';
import type { Session } from '../temporal.js';
import { findSchedule, lookForSchedule } from './find-schedule.js';
import { nameOf, nextTimes, openRuns, readSchedule, timingJson } from './read-schedule.js';

const LIST_TIMEOUT = 10_000;
const AT_ONCE = 8;

/** Prints all that can be said of a schedule. */
export async function showSchedule(
  session: Session,
  id: string | undefined,
  output: Output,
  flags: ConnectionFlags,
): Promise<void> {
  const json = await readSchedule(session, await findSchedule(session, id));
  output.result(json);
  if (output.json) return;
  output.print(...renderSchedule(output, json, Date.now()));
  for (const { why, command } of nextCommands(json, flags)) output.print('', `${why}:`, `  ${command}`);
}

function nextCommands({ scheduleId, state, runs }: ScheduleJson, flags: ConnectionFlags): NextCommand[] {
  const open = runs.find((run) => run.state === 'open');
  const failed = runs[0] !== undefined && BAD_ENDS.includes(runs[0].state) ? runs[0] : undefined;
  return [
    ...(open === undefined
      ? []
      : [{ why: 'To follow the open run', command: commandLine('watch', open.workflowId, flags) }]),
    ...(failed === undefined
      ? []
      : [{ why: 'To see why its last run failed', command: commandLine('status', failed.workflowId, flags) }]),
    ...(state === 'paused'
      ? [{ why: 'To let it start runs again', command: commandLine('schedule resume', scheduleId, flags) }]
      : []),
  ];
}

/** What the last run's history says more of. */
const BAD_ENDS: readonly ScheduledRunJson['state'][] = [
  'rolled-back',
  'rollback-incomplete',
  'halted',
  'aborted',
  'failed',
  'timed-out',
];

/** Prints the schedules of a namespace that start rollouts. */
export async function showSchedules(session: Session, output: Output): Promise<void> {
  const listed = await session.within(LIST_TIMEOUT, () => new RolloutSchedules(session.client).list());
  const ids = listed.map(({ scheduleId }) => scheduleId).sort();
  const found = await pMap(ids, (id) => lookForSchedule(session, id), { concurrency: AT_ONCE });
  const schedules = await pMap(
    found.flatMap((each) => each ?? []),
    async ({ id, description }): Promise<ScheduleListJson['schedules'][number]> => {
      const last = description.info.recentActions.at(-1);
      return {
        scheduleId: id,
        name: nameOf(description),
        state: description.state.paused ? 'paused' : 'active',
        note: description.state.note || null,
        timing: timingJson(description),
        nextTime: nextTimes(description)[0] ?? null,
        lastRun:
          last === undefined
            ? null
            : {
                workflowId: last.action.workflow.workflowId,
                runId: last.action.workflow.firstExecutionRunId,
                scheduledAt: last.scheduledAt.toISOString(),
              },
        open: (await openRuns(session, description)).length,
      };
    },
    { concurrency: AT_ONCE },
  );
  const json: ScheduleListJson = { schedules };
  output.result(json);
  if (output.json) return;
  output.print(...renderScheduleList(output, json, Date.now()));
  const hint =
    schedules.length === 0
      ? `There is no schedule of rollouts in namespace ${session.namespace} at ${session.address}. One that was created just now is listed after a few seconds. To make one:`
      : 'A schedule that was created or deleted just now shows after a few seconds.';
  output.print(...(schedules.length === 0 ? [] : ['']), ...wrap(output.paint.dim(hint), output.width, '  '));
  if (schedules.length > 0) return;
  output.print(`  ${commandLine('schedule create', 'rollout.yaml', session.flags, '--cron "0 3 * * *"')}`);
}
