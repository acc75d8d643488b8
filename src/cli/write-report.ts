import { readFile } from 'node:fs/promises';
import { checkSeal, collectReport, type Report, reportText, type SealedReport, sealReport } from '../client/index.js';
import { REPORT_FORMAT } from '../history/report/report.js';
import { cleanLine } from '../rollout/clean.js';
import { shellWord } from '../rollout/shell.js';
import { countOf } from '../rollout/status.js';
import { isDeeperThan, MAX_DEPTH } from '../untrusted/depth.js';
import type { ReportFlags } from './commands/report.js';
import { CliError, reasonOf } from './errors.js';
import { EXIT } from './exit-codes.js';
import { findReported } from './find-rollout.js';
import type { VerifyJson } from './json/report.js';
import { commandLine } from './next-command.js';
import { createOutput, type Output } from './output.js';
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
    await put(output, files, sealReport(report), flags);
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
    await put(output, files, sealReport(report), flags);
    if (report.ended === 'running') {
      output.note(`${ref.workflowId} is still open: what it does from now on isn't in this report.`);
    }
  });
}

async function put(
  output: Output,
  files: readonly ReportFile[],
  report: SealedReport,
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

/** Tells whether a JSON report is as it was written. @returns the exit code */
export async function verifyReport(path: string, flags: ReportFlags): Promise<number> {
  const output = createOutput(flags);
  const read = await readJson(path);
  const { isIntact, stated, actual } = checkSeal(read);
  const json: VerifyJson = { file: path, intact: isIntact, stated: stated ?? null, actual };
  output.result(json);
  if (!isIntact) {
    const why =
      stated === undefined
        ? `It has no checksum: an earlier version has written it, or it was taken out. Over what is there it would be ${actual}.`
        : `It says ${stated}, and what is there gives ${actual}: it was changed since it was written.`;
    if (!output.json) output.print(`${output.paint.red('✘')} ${path}: ${why}`);
    return EXIT.badInput;
  }
  if (!output.json) output.print(`${output.paint.green('✔')} ${path} is as it was written: SHA-256 ${actual}.`);
  return EXIT.done;
}

async function readJson(path: string): Promise<object> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError('BadInput', `${path} can't be read (${reasonOf(error)}): give the name of a JSON report.`);
  });
  const read = parse(text);
  const isReport = typeof read === 'object' && read !== null && 'format' in read && read.format === REPORT_FORMAT;
  // No report is that deep, and what is can't be hashed.
  if (isReport && !isDeeperThan(MAX_DEPTH, read)) return read;
  throw new CliError('BadInput', `${path} is no JSON report: make one with report -o FILE.json.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
