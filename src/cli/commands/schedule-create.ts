import { type Command, Option } from 'commander';
import { CliError } from '../errors.js';
import { addConnectionFlags, addJsonFlag, exampleText } from '../flags.js';
import { createOutput } from '../output.js';
import type { SaveFlags } from '../schedule/save-schedule.js';

const JSON_SHAPE = `{ "scheduleId", "namespace", "address", "change": "created" | "updated" | "unchanged",
  "differences": [{ "path", "before", "after" }], "state": "active" | "paused", "warnings",
  "timing": { "words", "cron", "every", "calendar", "timeZone", "jitterMs" },
  "nextTimes": [{ "utc", "local" }] }`;

const TIMES = `
Times (each flag may be given several times, and is added to the others):
  --cron "0 3 * * mon-fri"             minute, hour, day of the month, month, day of the week
  --every 1d/3h                        a day apart, three hours after midnight UTC
  --calendar "dayOfWeek=sat hour=4"    second, minute, hour, dayOfMonth, month, dayOfWeek, year
`;

export function addScheduleCreate(schedule: Command): void {
  const command = schedule
    .command('create')
    .summary('create a schedule, or change it to be as the flags say')
    .description(
      'create a schedule that starts rollouts of a spec; where it is there already, show what would change, and change it',
    )
    .argument('<spec>', 'YAML or JSON file; - for standard input (then --yes is needed)')
    .option('--cron <expression>', 'times as cron has them', collect)
    .option('--every <interval>', 'an interval, with an offset after a slash', collect)
    .option('--calendar <fields>', 'times by fields', collect)
    .option('--time-zone <name>', 'of --cron and --calendar, such as Europe/Stockholm (default: UTC)')
    .option('--jitter <duration>', 'put each time off by chance, by at most this')
    .option('--id <id>', 'schedule ID, with which the workflow ID of each run begins (default: imds-rollout-<name>)')
    .option('--task-queue <name>', 'task queue of the worker (default: lightsail-imds-rollout)')
    .addOption(
      new Option('--overlap <policy>', 'a time that comes while a run is open is passed over, or starts one after it')
        .choices(['skip', 'buffer-one'])
        .default('skip'),
    )
    .option('--catch-up <duration>', 'how late a run may start after an outage', '1h')
    .option('--no-pause-on-failure', 'go on after a run that fails')
    .option('-y, --yes', 'do not ask');
  addConnectionFlags(addJsonFlag(command))
    .addHelpText(
      'after',
      `${TIMES}${exampleText(
        [
          'imds-rollout schedule create rollout.yaml --cron "0 3 * * *" --time-zone Europe/Stockholm',
          'imds-rollout schedule create rollout.yaml --every 6h --yes --json',
        ],
        JSON_SHAPE,
      )}`,
    )
    .action(async (path: string, flags: SaveFlags) => {
      const output = createOutput(flags);
      const { requireSpec } = await import('../require-spec.js');
      const { unattendedProblems } = await import('../../rollout/unattended.js');
      const file = await requireSpec(path, unattendedProblems);
      if (!flags.yes && (!output.canAsk || path === '-')) {
        throw new CliError(
          'BadInput',
          'There is no terminal to ask on, so no schedule was created or changed. Look at `imds-rollout plan`, then add --yes.',
        );
      }
      const { saveSchedule } = await import('../schedule/save-schedule.js');
      await saveSchedule(file, flags, output);
    });
}

function collect(text: string, sofar: readonly string[] = []): string[] {
  return [...sofar, text];
}
