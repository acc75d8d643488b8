import { type Command, InvalidArgumentError } from 'commander';
import { addConnectionFlags, addJsonFlag, type ConnectionFlags, exampleText, type JsonFlag } from '../flags.js';
import { createOutput } from '../output.js';

export interface ListFlags extends ConnectionFlags, JsonFlag {
  readonly open?: boolean;
  readonly limit: number;
}

const DEFAULT_LIMIT = 20;
/** One call to the server for each of them. */
const MAX_LIMIT = 1_000;

const JSON_SHAPE = `{ "more": there are others beyond --limit, "rollouts": [{
  "workflowId", "runId", "kind": "rollout" | "rollback", "name", "planHash",
  "taskQueue", "startedAt", "endedAt": null while it is open,
  "state": "open" | "completed" | "rolled-back" | "rollback-incomplete" |
    "halted" | "aborted" | "failed" | "cancelled" | "terminated" | "timed-out",
  "answered": false where it is open and no worker says how it stands; else
    "phase", "stage", "waiting": as in status --json,
  "encoded": true where --data-converter is needed to read it,
  "error": the type of a failure, "counts": as in status --json, or null }] }`;

export function addList(program: Command): void {
  const command = program
    .command('list')
    .summary('show the rollouts and rollbacks of a namespace')
    .description(
      'show the rollouts and rollbacks of a namespace, the newest first: how those that are open stand, and how the others ended',
    )
    .option('--open', 'only those that are open')
    .option('--limit <count>', `at most so many, up to ${MAX_LIMIT}`, parseLimit, DEFAULT_LIMIT);
  addConnectionFlags(addJsonFlag(command))
    .addHelpText(
      'after',
      exampleText(
        ['imds-rollout list', 'imds-rollout list --open', 'imds-rollout list --limit 100 --json'],
        JSON_SHAPE,
      ),
    )
    .action(async (flags: ListFlags) => {
      const output = createOutput(flags);
      const { withSession } = await import('../temporal.js');
      const { showList } = await import('../show-list.js');
      await withSession(flags, (session) => showList(session, output, flags));
    });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,4}$/.test(text) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LIMIT}.`);
}
