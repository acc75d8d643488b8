import { setTimeout as delay } from 'node:timers/promises';
import {
  InvalidScheduleError,
  RolloutSchedules,
  type ScheduleChange,
  type ScheduleWish,
  viewSchedule,
} from '../../client/index.js';
import { cleanLine } from '../../rollout/clean.js';
import { formatDuration } from '../../rollout/duration.js';
import type { RolloutSpec, RolloutSpecInput } from '../../rollout/spec.js';
import { unattendedWarnings } from '../../rollout/unattended.js';
import { ask, whereAsked } from '../ask.js';
import { CliError } from '../errors.js';
import type { ConnectionFlags, JsonFlag } from '../flags.js';
import type { ScheduleCreateJson } from '../json/schedule.js';
import { commandLine } from '../next-command.js';
import type { Output } from '../output.js';
import { wrap } from '../render/columns.js';
import { describeWhen, renderChange, renderDifferences, renderNotes, renderTimes } from '../render/schedule.js';
import { renderIntent } from '../render/spec.js';
import { type Session, withSession } from '../temporal.js';
import { describeNoWorker, findPollers } from '../workers.js';
import { nextTimes, timingJson } from './read-schedule.js';

export interface SaveFlags
  extends ConnectionFlags,
    JsonFlag,
    Pick<ScheduleWish, 'cron' | 'every' | 'calendar' | 'timeZone' | 'jitter' | 'id' | 'taskQueue'> {
  readonly overlap: NonNullable<ScheduleWish['overlap']>;
  readonly catchUp: string;
  readonly pauseOnFailure: boolean;
  readonly yes?: boolean;
}

const ANSWER_TIMEOUT = 10_000;

/** Shows what would be, asks where it may, and creates the schedule or changes it. */
export async function saveSchedule(
  { spec, input }: { readonly spec: RolloutSpec; readonly input: RolloutSpecInput },
  flags: SaveFlags,
  output: Output,
): Promise<void> {
  const wish = wishOf(flags);
  await withSession(flags, async (session) => {
    const schedules = new RolloutSchedules(session.client);
    const call = <T>(act: () => Promise<T>) => session.within(ANSWER_TIMEOUT, act).catch(sayFlags);
    const planned = await call(() => schedules.compare(input, wish));
    if (planned.change !== 'unchanged') {
      show(output, spec, wish, planned);
      if (!flags.yes) await askToSave(output, session, planned);
    }
    const done = await call(() => schedules.save(input, wish));
    const description = await settled(session, schedules, done, wish, input);
    const json: ScheduleCreateJson = {
      scheduleId: done.id,
      namespace: session.namespace,
      address: session.address,
      change: done.change,
      differences: [...done.differences],
      state: description.state.paused ? 'paused' : 'active',
      warnings: [...unattendedWarnings(spec), ...describeBakes(spec, description.info.nextActionTimes)],
      timing: timingJson(description),
      nextTimes: nextTimes(description),
    };
    output.result(json);
    output.print(
      renderChange(output, json),
      ...describeWhen(json.timing).flatMap((line) => wrap(`  ${line}`, output.width, '    ')),
      ...renderNotes(output, json.warnings),
      '',
      ...renderTimes(output, json.nextTimes, json.state, Date.now()),
      '',
      ...(json.state === 'paused' ? ['To let it start runs again:', `  ${command('resume', done.id, flags)}`] : []),
      'To see how its runs end:',
      `  ${command('describe', done.id, flags)}`,
    );
    const { taskQueue } = viewSchedule(description);
    const pollers = await findPollers(session, taskQueue);
    if (pollers.live === 0) output.note(`${describeNoWorker(session, taskQueue, pollers)}\nIts runs wait for it.`);
  });
}

function command(name: string, id: string, flags: ConnectionFlags): string {
  return commandLine(`schedule ${name}`, id, flags);
}

function wishOf(flags: SaveFlags): ScheduleWish {
  const { cron, every, calendar, timeZone, jitter, id, taskQueue, overlap, catchUp, pauseOnFailure } = flags;
  return {
    ...(cron !== undefined && { cron }),
    ...(every !== undefined && { every }),
    ...(calendar !== undefined && { calendar }),
    ...(timeZone !== undefined && { timeZone }),
    ...(jitter !== undefined && { jitter }),
    ...(id !== undefined && { id }),
    ...(taskQueue !== undefined && { taskQueue }),
    overlap,
    catchUp,
    pauseOnFailure,
  };
}

/** The server takes a change in, and answers for a moment as before. */
async function settled(
  session: Session,
  schedules: RolloutSchedules,
  { id }: ScheduleChange,
  wish: ScheduleWish,
  input: RolloutSpecInput,
) {
  const until = Date.now() + ANSWER_TIMEOUT;
  for (;;) {
    const { change } = await session.within(ANSWER_TIMEOUT, () => schedules.compare(input, wish));
    const description = await session.within(ANSWER_TIMEOUT, () => schedules.describe(id));
    if (change === 'unchanged' || Date.now() > until) return description;
    await delay(100);
  }
}

function show(
  output: Output,
  spec: RolloutSpec,
  wish: ScheduleWish,
  { id, change, differences }: ScheduleChange,
): void {
  const { paint, width } = output;
  if (change === 'created') {
    const { cron = [], every = [], calendar = [], timeZone = 'UTC' } = wish;
    const times = [
      ...cron.map((text) => `cron ${text} (${timeZone})`),
      ...every.map((text) => `every ${text}`),
      ...calendar.map((text) => `calendar ${text} (${timeZone})`),
    ];
    output.print(
      `${paint.bold(cleanLine(id))}  a new schedule: ${cleanLine(times.join(', '))}`,
      ...renderIntent(width, spec),
      '',
    );
    return;
  }
  output.print(
    `${paint.bold(cleanLine(id))}  is there already, and would change:`,
    ...renderDifferences(output, differences),
    '',
  );
}

/** @throws CliError `Declined`; InterruptedError after Ctrl-C */
async function askToSave(output: Output, session: Session, { id, change }: ScheduleChange): Promise<void> {
  const what = change === 'created' ? 'Let it start rollouts, which nobody is asked about' : `Change schedule ${id}`;
  const kept = change === 'created' ? 'Nothing was created' : 'The schedule is as it was';
  await ask(output, `${what} (${whereAsked(session)})?`, kept);
}

/** Bakes that are longer than the time between two runs. */
function describeBakes({ stages }: RolloutSpec, [first, second]: readonly Date[]): string[] {
  const bakes = stages.reduce((sum, { bake }) => sum + bake, 0);
  if (first === undefined || second === undefined || second.getTime() - first.getTime() >= bakes) return [];
  return [
    `the stages bake for ${formatDuration(bakes)} together, longer than from one time to the next: while a run has something to change, times that come are passed over`,
  ];
}

const FLAGS: ReadonlyMap<string, string> = new Map([
  ['cron', '--cron'],
  ['every', '--every'],
  ['calendar', '--calendar'],
  ['timeZone', '--time-zone'],
  ['jitter', '--jitter'],
  ['id', '--id'],
  ['overlap', '--overlap'],
  ['catchUp', '--catch-up'],
]);

/** Names the flags of a wish that is refused. */
function sayFlags(error: unknown): never {
  if (!(error instanceof InvalidScheduleError)) throw error;
  const lines = error.problems.map(({ path, message }) => `  ${FLAGS.get(path) ?? path}: ${message}`);
  throw new CliError(
    'InvalidSchedule',
    `The schedule is refused, and nothing was created or changed:\n${lines.join('\n')}`,
    {
      cause: error,
    },
  );
}
