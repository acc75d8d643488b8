import { type Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../errors.js';
import type { SetExitCode } from '../exit-codes.js';
import {
  addConnectionFlags,
  addJsonFlag,
  type ConnectionFlags,
  exampleText,
  type JsonFlag,
  parseRunId,
} from '../flags.js';
import type { ReportFormat } from '../report-files.js';

export interface ReportFlags extends ConnectionFlags, JsonFlag {
  readonly format?: ReportFormat;
  readonly output?: readonly string[];
  readonly runId?: string;
  readonly plan?: string;
  readonly verify?: string;
}

const JSON_SHAPE = `{ "format": "imds-rollout-report/1", "kind", "headline", "writtenAt", "ended", "reason",
  "rollout": { "workflowId", "runId", "name", "status", "startedAt", "endedAt", … }, "outcome": as in start --json,
  "spec": { "input", "sha256" }, "planHash", "scopes", "counts", "coverage", "stages", "holds", "messages",
  "waivers", "downgraded", "versions", "warnings", "gaps",
  "instances": [{ "account", "region", "name", "arn", "stage", "before", "after", "outcome", "reason",
    "settledAt", "update": { "requestId", "sentAt" }, "restore", "tokenless", "health", … }],
  "undo": for rollback --from, "sha256": over all the rest }
See docs/report.md. With --verify: { "file", "format", "intact", "stated", "actual" }`;

export function addReport(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('report')
    .summary('what a rollout, rollback or plan has done, for an auditor')
    .description(
      'tell what a rollout, a rollback or a plan has done, from its history alone: each instance before and after, with the request ID of its change, who said what, and how it ended; nothing of it is secret',
    )
    .argument('[id]', 'workflow ID, or name of the spec; may be left out where exactly one rollout is open')
    .addOption(
      new Option(
        '--format <format>',
        'markdown, html, csv or json (default: by the extension of -o, or markdown)',
      ).argParser(parseFormat),
    )
    .option(
      '-o, --output <file>',
      'write it there instead of on stdout; over nothing but a report of the same run. May be given more than once: one reading, several files',
      (file: string, earlier: readonly string[] = []) => [...earlier, file],
    )
    .option('--run-id <id>', 'an older run of that workflow ID', parseRunId)
    .option('--plan <file>', 'what a plan of `plan -o` would change, without Temporal')
    .option('--verify <file>', 'tell whether a JSON report, a plan or an undo file is as it was written');
  addConnectionFlags(addJsonFlag(command))
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout report prod-imdsv2',
          'imds-rollout report prod-imdsv2 -o prod-imdsv2.html -o prod-imdsv2.report.json',
          'imds-rollout report --verify prod-imdsv2.report.json',
        ],
        JSON_SHAPE,
      ),
    )
    .action(async (id: string | undefined, flags: ReportFlags) => {
      const { verifyFile, writeReport } = await import('../write-report.js');
      if (flags.verify === undefined) return writeReport(id, flags);
      if (id !== undefined || flags.output !== undefined || flags.plan !== undefined) {
        throw new CliError('BadInput', '--verify only looks at the file that it names: leave the rest out.');
      }
      setExitCode(await verifyFile(flags.verify, flags));
    });
}

/** Loaded later, with all that a report needs. */
const FORMATS: Readonly<Record<string, ReportFormat>> = {
  markdown: 'markdown',
  md: 'markdown',
  html: 'html',
  csv: 'csv',
  json: 'json',
};

function parseFormat(name: string): ReportFormat {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format !== undefined) return format;
  throw new InvalidArgumentError('It must be markdown, html, csv or json.');
}
