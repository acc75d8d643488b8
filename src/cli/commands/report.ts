import type { Command } from 'commander';
import { CliError } from '../errors.js';
import {
  addConnectionFlags,
  addJsonFlag,
  type ConnectionFlags,
  exampleText,
  type JsonFlag,
  parseRunId,
} from '../flags.js';

export interface ReportFlags extends ConnectionFlags, JsonFlag {
  readonly format: string;
  readonly output?: string;
  readonly runId?: string;
}

const JSON_SHAPE = `{ "format": "imds-rollout-report/1", "writtenAt",
  "rollout": { "workflowId", "runId", "name", "status", "startedAt" },
  "outcome": as in start --json, once it has ended,
  "undo": what rollback --from takes back: { "format", "rollout", "writtenAt", "restore", "entries": [{ "stage", "target" }] } }`;

export function addReport(program: Command): void {
  const command = program
    .command('report')
    .summary('keep what a rollout has done, as JSON')
    .description(
      'print what a rollout has done, with all that takes it back once its history is gone (rollback --from); nothing of it is secret',
    )
    .argument('[id]', 'workflow ID, or name of the spec; may be left out where exactly one rollout is open')
    .option('--format <format>', 'json', 'json')
    .option('-o, --output <file>', 'write it there instead of on stdout; over nothing but a report of the same run')
    .option('--run-id <id>', 'an older run of that workflow ID', parseRunId);
  addConnectionFlags(addJsonFlag(command))
    .addHelpText(
      'after',
      exampleText(['imds-rollout report prod-imdsv2 --format json -o prod-imdsv2.report.json'], JSON_SHAPE),
    )
    .action(async (id: string | undefined, flags: ReportFlags) => {
      if (flags.format !== 'json') {
        throw new CliError('BadInput', `--format ${flags.format} isn't supported by this version yet: use json.`);
      }
      const { writeReport } = await import('../write-report.js');
      await writeReport(id, flags);
    });
}
