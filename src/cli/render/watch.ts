import { cleanLine } from '../../rollout/clean.js';
import { formatDuration } from '../../rollout/duration.js';
import { countOf, type RolloutStatus } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';
import type { Screen } from '../output.js';
import type { Dialog } from '../watch/dialog.js';
import type { OfferedKey } from '../watch/keys.js';
import { isWorking, type Pace, type TimeLeft } from '../watch/pace.js';
import { cutToWidth, wrap } from './columns.js';
import { renderDialog, renderKeys } from './dialog.js';
import { renderStages } from './stages.js';
import { logLine, renderBudget, renderHead, renderNotices } from './status.js';

/** All that a watched rollout shows. */
export interface WatchPicture {
  readonly kind: RunKind;
  /** Undefined until a worker has answered. */
  readonly status: RolloutStatus | undefined;
  /** Milliseconds. */
  readonly now: number;
  readonly pace: Pace | undefined;
  readonly left: TimeLeft | undefined;
  /** Why nobody answers; cleaned. */
  readonly trouble: readonly string[];
  readonly dialog: Dialog;
  /** What became of the last message. */
  readonly answer: { readonly ok: boolean; readonly text: string } | undefined;
  /** Empty where no keys can be read. */
  readonly keys: readonly OfferedKey[];
  /** Below the keys. */
  readonly footer: readonly string[];
  /** The rollout goes on without this command, whose server and worker are others. */
  readonly goesOn: boolean;
  /** The last picture, which stays. */
  readonly isClosing: boolean;
}

/** What is left out first where there are few lines: so many of the log and of the failures, and of the stages at least. */
const LEVELS = [
  { log: 3, failures: 3, stages: Infinity, extras: true },
  { log: 3, failures: 3, stages: 9, extras: true },
  { log: 1, failures: 2, stages: 7, extras: true },
  { log: 0, failures: 1, stages: 5, extras: true },
  { log: 0, failures: 0, stages: 5, extras: false },
] as const;

/** A frame takes the screen but for the line that the cursor stands on. */
const CURSOR_LINE = 1;

/**
 * The picture in as many lines as the screen has: a taller one would scroll, and couldn't be drawn over.
 *
 * @param rows - lines of the terminal
 */
export function renderWatch(screen: Screen, picture: WatchPicture, rows: number): string[] {
  const room = Math.max(3, rows - CURSOR_LINE);
  const foot = renderFoot(screen, picture);
  const frames = LEVELS.map((level) => [...renderBody(screen, picture, level, room - foot.length), ...foot]);
  const fitting = frames.find((frame) => frame.length <= room);
  if (fitting !== undefined) return fitting;
  // Whatever else is lost, the question that is being asked isn't.
  const body = renderBody(screen, picture, LEVELS[4], 0);
  const kept = foot.slice(-room);
  return [...body.slice(0, room - kept.length), ...kept];
}

function renderBody(screen: Screen, picture: WatchPicture, level: (typeof LEVELS)[number], room: number): string[] {
  const { status, kind, now, isClosing } = picture;
  if (status === undefined) return [];
  const head = [renderHead(screen, status, kind)];
  const below = [
    ...renderNotices(screen, status, now, kind),
    ...(level.extras ? [...renderBudget(screen, status, kind), ...(isClosing ? [] : renderPace(screen, picture))] : []),
    ...(isClosing ? [] : renderFailures(screen, status, level.failures)),
    ...(isClosing || level.log === 0 ? [] : renderLog(screen, status, level.log)),
  ];
  const left = room - head.length - below.length;
  return [...head, ...renderStages(screen, status, kind, Math.max(level.stages, left)), ...below];
}

/** How fast, and how long still; and what nobody can know. */
function renderPace({ width, paint }: Screen, { status, pace, left, kind }: WatchPicture): string[] {
  if (status === undefined) return [];
  const parts = [
    ...(pace === undefined
      ? []
      : [`${formatRate(pace.perMinute)} a minute, seen over ${formatDuration(pace.seenFor)}`]),
    ...(left === undefined ? [] : [describeLeft(left)]),
  ];
  const text = parts.length > 0 ? parts.join('; ') : isWorking(status) ? 'not enough seen yet to tell' : '';
  if (text === '') return [];
  const label = kind === 'rollback' || status.phase === 'reverting' ? 'way back' : 'pace';
  return wrap(`  ${label}: ${text}`, width, '    ').map(paint.dim);
}

function describeLeft({ ms, bakes, without }: TimeLeft): string {
  const ofBakes = bakes === 0 ? '' : bakes === ms ? ', all of it bakes' : `, ${formatRough(bakes)} of it bakes`;
  const but = without.length === 0 ? '' : `, not counting ${without.join(' and ')}`;
  return `about ${formatRough(ms)} left${ofBakes}${but}`;
}

/** An estimate has no seconds where it has minutes. */
function formatRough(ms: number): string {
  return ms < 60_000
    ? formatDuration(Math.max(1_000, Math.ceil(ms / 1_000) * 1_000))
    : formatDuration(Math.ceil(ms / 60_000) * 60_000);
}

function formatRate(perMinute: number): string {
  return countOf(perMinute < 10 ? Math.round(perMinute * 10) / 10 : Math.round(perMinute), 'instance');
}

function renderFailures({ width, paint }: Screen, { failures = [] }: RolloutStatus, limit: number): string[] {
  return failures
    .slice(Math.max(0, failures.length - limit))
    .map((failure) => `  ${paint.red('✘')} ${cutToWidth(cleanLine(failure), width - 4)}`);
}

function renderLog({ width, paint }: Screen, { log }: RolloutStatus, limit: number): string[] {
  return log.slice(-limit).map((entry) => paint.dim(cutToWidth(`  ${logLine(entry)}`, width)));
}

/** What it lacks, what became of the last message, and what can be done now. */
function renderFoot(screen: Screen, picture: WatchPicture): string[] {
  const { paint, width } = screen;
  const { trouble, answer, dialog, keys, footer, goesOn, isClosing } = picture;
  const said = trouble.flatMap((line) => wrap(line, width, '  ')).map(paint.yellow);
  if (isClosing) return said;
  const answered =
    answer === undefined
      ? []
      : wrap(`${answer.ok ? paint.green('✔') : paint.red('✘')} ${cleanLine(answer.text)}`, width, '  ');
  const asked =
    dialog.step === 'closed' ? renderKeys(screen, keys, picture.kind, goesOn) : renderDialog(screen, dialog, picture);
  return [...said, ...answered, '', ...asked, ...footer.flatMap((line) => wrap(line, width, '  ')).map(paint.dim)];
}
