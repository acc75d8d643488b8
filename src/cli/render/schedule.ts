import type { ScheduleDifference } from '../../client/index.js';
import { cleanLine } from '../../rollout/clean.js';
import { formatDuration } from '../../rollout/duration.js';
import { parseSpec } from '../../rollout/spec.js';
import { describeCounts } from '../../rollout/status.js';
import type {
  ScheduleCreateJson,
  ScheduledRunJson,
  ScheduledTimeJson,
  ScheduleJson,
  ScheduleListJson,
  TimingJson,
} from '../json/schedule.js';
import type { Screen } from '../output.js';
import { columns, padEnd, widest, wrap } from './columns.js';
import { STATES } from './list.js';
import { renderIntent } from './spec.js';

/** A screen has no room for more of the last runs; `--json` has ten. */
const SHOWN_RUNS = 5;

/** All of a schedule. @param now - milliseconds */
export function renderSchedule(screen: Screen, schedule: ScheduleJson, now: number): string[] {
  const { paint, width } = screen;
  const { scheduleId, nextTimes, problems, warnings, spec, runs } = schedule;
  const parsed = parseSpec(spec, new Date(now).toISOString().slice(0, 10));
  return [
    `${paint.bold(cleanLine(scheduleId))}  ${describeState(screen, schedule, now)}`,
    ...(schedule.note === null ? [] : wrap(`  ${cleanLine(schedule.note)}`, width, '    ')),
    '',
    ...describeWhen(schedule.timing).flatMap((line) => wrap(`  ${line}`, width, '    ')),
    ...describePolicy(schedule).flatMap((line) => wrap(`  ${paint.dim(line)}`, width, '    ')),
    '',
    `  Rollout ${cleanLine(schedule.name ?? 'without a name')} on task queue ${cleanLine(schedule.taskQueue)}:`,
    ...(parsed.ok ? renderIntent(width, parsed.spec) : []),
    ...problems.flatMap(({ path, message }) =>
      wrap(`  ${paint.red('✘')} ${cleanLine(`${path}: ${message}`)}`, width, '    '),
    ),
    ...renderNotes(screen, warnings),
    '',
    ...renderTimes(screen, nextTimes, schedule.state, now),
    ...renderRuns(screen, schedule, runs, now),
  ];
}

/** What has become of a schedule that was wanted. */
export function renderChange(screen: Screen, { scheduleId, change, state }: ScheduleCreateJson): string {
  const mark = screen.paint.green('✔');
  const paused = state === 'paused' ? '; it is still paused' : '';
  return `${mark} Schedule ${cleanLine(scheduleId)} ${change === 'unchanged' ? 'is unchanged' : `is ${change}`}${paused}.`;
}

/** What would change, in lines where they fit, and the new below the old where they don't. */
export function renderDifferences({ paint, width }: Screen, differences: readonly ScheduleDifference[]): string[] {
  const rows = differences.map(({ path, before, after }) => {
    const [was, is] = [before, after].map((text) => (text === undefined ? '(nothing)' : cleanLine(text)));
    return { path: cleanLine(path), was: was ?? '', is: is ?? '' };
  });
  const pathWidth = widest(rows.map(({ path }) => path));
  return rows.flatMap(({ path, was, is }) => {
    const short = `  ${padEnd(path, pathWidth)}  ${was} → ${is}`;
    if (widest([short]) <= width) return [short];
    return [
      `  ${path}`,
      ...wrap(`    ${paint.red('-')} ${was}`, width, '      '),
      ...wrap(`    ${paint.green('+')} ${is}`, width, '      '),
    ];
  });
}

export function renderNotes({ paint, width }: Screen, warnings: readonly string[]): string[] {
  return warnings.flatMap((warning) => wrap(`  ${paint.yellow('!')} ${cleanLine(warning)}`, width, '    '));
}

/** The next times, in the zone of the schedule and in UTC. */
export function renderTimes(
  { paint, width }: Screen,
  times: readonly ScheduledTimeJson[],
  state: ScheduleJson['state'],
  now: number,
): string[] {
  if (times.length === 0) {
    return wrap(`${paint.yellow('!')} No time of it is still to come: no run starts by itself.`, width, '  ');
  }
  const isUtc = times.every(({ local }) => local.endsWith('+00:00'));
  const rows = times.map((time, index) => [
    isUtc ? `${weekdayOf(time.utc)} ${utcText(time.utc)}` : localText(time),
    ...(isUtc ? [] : [utcText(time.utc)]),
    index === 0 ? inText(time, now) : '',
  ]);
  const paused = state === 'paused' ? ' were it not paused' : '';
  return [`${paint.bold(times.length === 1 ? 'Next time' : 'Next times')}${paused}`, ...columns(rows, width)];
}

/** Every schedule in two lines. */
export function renderScheduleList(screen: Screen, { schedules }: ScheduleListJson, now: number): string[] {
  const { paint, width } = screen;
  return schedules.flatMap((schedule) => {
    const { scheduleId, name, lastRun, open, timing } = schedule;
    const facts = [
      `rollout of ${cleanLine(name ?? '?')}`,
      lastRun === null ? 'no run yet' : `last run ${utcText(lastRun.scheduledAt)}`,
      ...(open > 0 ? [`${open} open`] : []),
      ...(schedule.state === 'paused' && schedule.note !== null ? [cleanLine(schedule.note)] : []),
    ];
    const next = schedule.nextTime === null ? [] : [schedule.nextTime];
    const title = `${cleanLine(scheduleId)}  ${describeState(screen, { ...schedule, nextTimes: next }, now)}`;
    const mark = schedule.state === 'paused' ? paint.yellow('‖') : paint.cyan('▸');
    return [
      `${mark} ${title}`,
      ...wrap(`    ${describeWhen(timing).join('; ')}`, width, '    '),
      ...wrap(`    ${paint.dim(facts.join(', '))}`, width, '    '),
    ];
  });
}

function describeState(
  { paint }: Screen,
  { state, nextTimes }: Pick<ScheduleJson, 'state' | 'nextTimes'>,
  now: number,
): string {
  if (state === 'paused') return paint.yellow('paused');
  const [next] = nextTimes;
  return next === undefined ? 'active, but no time is still to come' : `active, next ${inText(next, now)}`;
}

/** In words, with what was written where that says more. */
export function describeWhen({ words, cron, every, calendar }: TimingJson): string[] {
  const written = [
    ...cron.map((text) => `cron ${text}`),
    ...every.map((text) => `every ${text}`),
    ...calendar.map((text) => `calendar ${text}`),
  ];
  const [only] = words;
  if (words.length === 1 && only !== undefined && written.length === 1) return [cleanLine(`${only}, as ${written[0]}`)];
  return words.map(cleanLine);
}

const OVERLAP_WORDS: ReadonlyMap<string, string> = new Map([
  ['SKIP', 'A time that comes while a run is open is passed over.'],
  ['BUFFER_ONE', 'A time that comes while a run is open starts one run once that has ended.'],
]);

function describePolicy({ policy, counts }: ScheduleJson): string[] {
  const { overlap, catchUpMs, pauseOnFailure } = policy;
  const passed = counts.skippedOverlap > 0 ? ` So far: ${counts.skippedOverlap}.` : '';
  const missed = counts.missedCatchUp > 0 ? ` So far: ${counts.missedCatchUp} missed.` : '';
  return [
    `${OVERLAP_WORDS.get(overlap) ?? `Overlap policy: ${cleanLine(overlap)}.`}${passed}`,
    `After an outage, what is up to ${formatDuration(catchUpMs)} late is made up for.${missed}`,
    pauseOnFailure ? 'A run that fails pauses the schedule.' : 'It goes on after a run that fails.',
  ];
}

function renderRuns(
  screen: Screen,
  { counts }: Pick<ScheduleJson, 'counts'>,
  runs: readonly ScheduledRunJson[],
  now: number,
): string[] {
  const { paint, width } = screen;
  if (runs.length === 0) return ['', 'No run has been started yet.'];
  const shown = runs.slice(0, SHOWN_RUNS);
  return [
    '',
    `${paint.bold('Last runs')} ${paint.dim(`of ${counts.started}, the newest first`)}`,
    ...shown.flatMap((run) => [
      `  ${markOf(screen, run)} ${cleanLine(run.workflowId)}`,
      ...wrap(`      ${describeRun(run, now)}`, width, '      '),
    ]),
  ];
}

function markOf({ paint }: Screen, { state, counts }: ScheduledRunJson): string {
  if (state === 'open') return paint.cyan('▸');
  if (state === 'gone') return paint.dim('·');
  if (state !== 'completed') return paint.red('✘');
  return (counts?.skipped ?? 0) + (counts?.blocked ?? 0) + (counts?.failed ?? 0) > 0
    ? paint.yellow('✔')
    : paint.green('✔');
}

function describeRun({ state, startedAt, endedAt, error, now: phase, counts }: ScheduledRunJson, now: number): string {
  const end = endedAt === null ? now : Date.parse(endedAt);
  const took = formatDuration(end - Date.parse(startedAt));
  const outcome = counts === null ? '' : `: ${describeCounts(counts)}`;
  switch (state) {
    case 'gone':
      return 'ended; the server has its history no longer';
    case 'open':
      return cleanLine(`open for ${took}${phase === undefined ? ', and no worker answers' : `, ${phase}`}${outcome}`);
    default:
      return cleanLine(`${STATES[state]}${error === undefined ? '' : ` (${error})`} after ${took}${outcome}`);
  }
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

function weekdayOf(iso: string): string {
  return WEEKDAYS[new Date(`${iso.slice(0, 10)}T00:00:00Z`).getUTCDay()] ?? '';
}

/** @example localText({ local: '2026-11-27T03:00:00+01:00' }) // 'Fri 2026-11-27 03:00 +01:00' */
function localText({ local }: ScheduledTimeJson): string {
  const [date = '', rest = ''] = local.split('T');
  const [, clock = '', seconds = '', offset = ''] = /^(\d\d:\d\d)(:\d\d)(.+)$/.exec(rest) ?? [];
  return `${weekdayOf(local)} ${date} ${clock}${seconds === ':00' ? '' : seconds} ${offset}`;
}

/** @example utcText('2026-11-27T02:00:00.000Z') // '2026-11-27 02:00 UTC' */
function utcText(iso: string): string {
  const seconds = iso.slice(16, 19);
  return `${iso.slice(0, 16).replace('T', ' ')}${seconds === ':00' ? '' : seconds} UTC`;
}

function inText({ utc }: ScheduledTimeJson, now: number): string {
  const left = Date.parse(utc) - now;
  return left > 0 ? `in ${formatDuration(left)}` : 'now';
}
