import type { Command } from 'commander';
import { CliError } from '../errors.js';
import type { SetExitCode } from '../exit-codes.js';
import { addConnectionFlags, addJsonFlag, type ConnectionFlags, exampleText, type JsonFlag } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import type { SteerFlags } from '../schedule/steer-schedule.js';
import type { Session } from '../temporal.js';
import { addScheduleCreate } from './schedule-create.js';

const ID = 'schedule ID, or name of the spec; may be left out where there is one schedule only';

const TIMING_SHAPE = `"timing": { "words", "cron", "every", "calendar", "timeZone", "jitterMs" }`;

const STATE_SHAPE = `{ "scheduleId", "namespace", "address", "state": "active" | "paused" | "deleted", "reason",
  "open": [{ "workflowId", "runId" }] of the runs that go on }`;

const LIST_SHAPE = `{ "schedules": [{ "scheduleId", "name", "state": "active" | "paused", "note", ${TIMING_SHAPE},
  "nextTime": { "utc", "local" } or null, "lastRun": { "workflowId", "runId", "scheduledAt" } or null,
  "open": number of runs that are open }] }`;

const DESCRIBE_SHAPE = `{ "scheduleId", "namespace", "address", "name", "state": "active" | "paused", "note",
  "spec", "problems", "warnings", "taskQueue", ${TIMING_SHAPE},
  "policy": { "overlap", "catchUpMs", "pauseOnFailure" },
  "nextTimes": [{ "utc", "local" }], at most five, "createdAt", "updatedAt",
  "runs": [{ "workflowId", "runId", "scheduledAt", "startedAt", "endedAt", "state": as in list --json, or "gone",
    "error", "now", "counts" }], at most ten, the newest first,
  "counts": { "started", "skippedOverlap", "missedCatchUp" } }`;

const TRIGGER_SHAPE = `{ "scheduleId", "namespace", "address", "state": "started" | "waiting", "workflowId", "runId" }`;

/** The commands around schedules, each a subcommand. */
export function addSchedule(program: Command, setExitCode: SetExitCode): void {
  const schedule = program
    .command('schedule')
    .summary('keep a fleet hardened: start rollouts again and again')
    .description('keep a fleet hardened: schedules of Temporal that start a rollout again and again')
    .addHelpText(
      'after',
      exampleText([
        'imds-rollout schedule create rollout.yaml --cron "0 3 * * *" --time-zone Europe/Stockholm',
        'imds-rollout schedule describe',
      ]),
    );
  addScheduleCreate(schedule);
  addList(schedule);
  addDescribe(schedule);
  addPauseAndResume(schedule);
  addTrigger(schedule, setExitCode);
  addDelete(schedule);
}

function addList(schedule: Command): void {
  const command = schedule.command('list').description('show the schedules of a namespace that start rollouts');
  withFlags(command, ['imds-rollout schedule list'], LIST_SHAPE).action((flags: SteerFlags) =>
    act(flags, async (session, output) => {
      const { showSchedules } = await import('../schedule/show-schedule.js');
      await showSchedules(session, output);
    }),
  );
}

function addDescribe(schedule: Command): void {
  const command = schedule
    .command('describe')
    .description('show a schedule: its state, spec and times, and how its last runs have ended')
    .argument('[id]', ID);
  withFlags(command, ['imds-rollout schedule describe prod-imdsv2'], DESCRIBE_SHAPE).action(
    (id: string | undefined, flags: SteerFlags) =>
      act(flags, async (session, output) => {
        const { showSchedule } = await import('../schedule/show-schedule.js');
        await showSchedule(session, id, output, flags);
      }),
  );
}

function addPauseAndResume(schedule: Command): void {
  for (const how of ['pause', 'resume'] as const) {
    const command = schedule
      .command(how)
      .description(how === 'pause' ? 'start no run until resumed; one that is open goes on' : 'end a pause')
      .argument('[id]', ID)
      .option('--by <who>', 'who does it (default: user@host)')
      .option('--reason <text>', 'why; it is kept with the schedule and shown');
    const example = how === 'pause' ? ' --reason "agents are being replaced"' : '';
    withFlags(command, [`imds-rollout schedule ${how} prod-imdsv2${example}`], STATE_SHAPE).action(
      (id: string | undefined, flags: SteerFlags) =>
        act(flags, async (session, output) => {
          const { pauseSchedule } = await import('../schedule/steer-schedule.js');
          await pauseSchedule(session, id, how, flags, output);
        }),
    );
  }
}

function addTrigger(schedule: Command, setExitCode: SetExitCode): void {
  const command = schedule
    .command('trigger')
    .description('start a run now, as if its time had come, also while the schedule is paused')
    .argument('[id]', ID);
  withFlags(command, ['imds-rollout schedule trigger prod-imdsv2'], TRIGGER_SHAPE).action(
    (id: string | undefined, flags: SteerFlags) =>
      act(flags, async (session, output) => {
        const { triggerSchedule } = await import('../schedule/steer-schedule.js');
        setExitCode(await triggerSchedule(session, id, flags, output));
      }),
  );
}

function addDelete(schedule: Command): void {
  const command = schedule
    .command('delete')
    .description('delete a schedule; a run of it that is open goes on')
    .argument('[id]', ID)
    .option('-y, --yes', 'do not ask');
  withFlags(command, ['imds-rollout schedule delete prod-imdsv2 --yes'], STATE_SHAPE).action(
    (id: string | undefined, flags: SteerFlags) =>
      act(flags, async (session, output) => {
        if (!flags.yes && !output.canAsk) {
          throw new CliError('BadInput', 'There is no terminal to ask on, so nothing was deleted. Add --yes.');
        }
        const { deleteSchedule } = await import('../schedule/steer-schedule.js');
        await deleteSchedule(session, id, flags, output);
      }),
  );
}

function withFlags(command: Command, examples: readonly string[], shape: string): Command {
  return addConnectionFlags(addJsonFlag(command)).addHelpText('after', exampleText(examples, shape));
}

async function act(
  flags: ConnectionFlags & JsonFlag,
  action: (session: Session, output: Output) => Promise<void>,
): Promise<void> {
  const output = createOutput(flags);
  const { withSession } = await import('../temporal.js');
  await withSession(flags, (session) => action(session, output));
}
