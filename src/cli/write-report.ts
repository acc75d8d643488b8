import { addChecksum, type Checksummed, collectReport, type Report, reportText } from '../client/index.js';
import { REPORT_FORMAT } from '../history/report/report.js';
import { describeEdit } from '../rollout/checksum.js';
import { cleanLine } from '../rollout/clean.js';
import { shellWord } from '../rollout/shell.js';
import { countOf } from '../rollout/status.js';
import type { ReportFlags } from './commands/report.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { findReported } from './find-rollout.js';
import { PLAN_FORMAT } from './json/plan.js';
import type { VerifyJson } from './json/report.js';
import { KEPT_FORMATS, readKeptFile } from './kept-file.js';
import { commandLine } from './next-command.js';
import { createOutput, type Output } from './output.js';
import { checkPlan } from './plan-file.js';
import { type ReportFile, renderReport, reportFiles, requireOwnFiles, writeReportFiles } from './report-files.js';
import { withSession } from './temporal.js';

/** Reading the histories of a large rollout takes a while. */
const READ_TIMEOUT = 600_000;

/** Writes what a rollout, a rollback or a plan has done. */
export async function writeReport(id: string | undefined, flags: ReportFlags): Promise<void> {
  const output = createOutput(flags);
  const files = reportFiles(flags.output ?? [], flags.format);
  if (flags.plan !== undefined) {
    if (id !== undefined) throw new CliError('BadInput', 'Give the ID of a run, or --plan with a file, and not both.');
    const { readPlanReport } = await import('./plan-report.js');
    const report = await readPlanReport(flags.plan);
    await requireOwnFiles(files, report);
    await put(output, files, addChecksum(report), flags);
    return;
  }
  await withSession(flags, async (session) => {
    const ref = await findReported(session, id, flags.runId);
    // Before anything is read, which may take minutes; of an older run it is only known then what the report is of.
    if (flags.runId === undefined) {
      await requireOwnFiles(files, { format: REPORT_FORMAT, rollout: ref, planHash: null });
    }
    const report = await session.within(READ_TIMEOUT, () => collectReport(session.client, ref));
    if (flags.runId !== undefined) await requireOwnFiles(files, report);
    await put(output, files, addChecksum(report), flags);
    if (report.ended === 'running') {
      output.note(`${ref.workflowId} is still open: what it does from now on isn't in this report.`);
    }
  });
}

async function put(
  output: Output,
  files: readonly ReportFile[],
  report: Checksummed<Report>,
  flags: ReportFlags,
): Promise<void> {
  const { format = 'markdown' } = flags;
  if (output.json) process.stdout.write(reportText(report));
  else if (files.length === 0) process.stdout.write(await renderReport(report, format));
  await writeReportFiles(files, report);
  if (files.length === 0) return;
  output.print(
    `${output.paint.bold(cleanLine(report.headline))}`,
    ...files.map(({ path, format: kind }) => `${output.paint.green('✔')} ${path} (${kind})`),
    output.paint.dim(`  SHA-256 of the JSON: ${report.sha256}`),
    ...restoreLines(files, report, flags),
  );
}

function restoreLines(files: readonly ReportFile[], { undo }: Report, flags: ReportFlags): string[] {
  const json = files.find(({ format }) => format === 'json');
  if (json === undefined || undo === undefined || undo.entries.length === 0) return [];
  return [
    `  It takes ${countOf(undo.entries.length, 'instance')} back once the history is gone:`,
    `  ${commandLine('rollback', '', flags, '--from', shellWord(json.path))}`,
  ];
}

/** Whether a plan, an undo file or a JSON report is as it was written. @returns the exit code */
export async function verifyFile(path: string, flags: ReportFlags): Promise<number> {
  const output = createOutput(flags);
  const remedy = 'Name a file of report -o FILE.json, of plan -o, or of a journal.';
  const file = await readKeptFile(path, KEPT_FORMATS, remedy);
  const { format, checksum } = file;
  const { isIntact, stated, actual } = checksum;
  if (isIntact && format === PLAN_FORMAT) checkPlan(file);
  const json: VerifyJson = { file: path, format, intact: isIntact, stated, actual };
  output.result(json);
  if (output.json) return isIntact ? EXIT.done : EXIT.badInput;
  if (isIntact) output.print(`${output.paint.green('✔')} ${path} is as it was written: SHA-256 ${actual}.`);
  else output.print(`${output.paint.red('✘')} ${path} was edited since it was written: ${describeEdit(checksum)}.`);
  return isIntact ? EXIT.done : EXIT.badInput;
}
