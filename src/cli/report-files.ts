import { extname } from 'node:path';
import { z } from 'zod';
import type { Checksummed, Report, ReportIdentity } from '../client/index.js';
import { REPORT_FORMAT } from '../history/report/report.js';
import { CliError } from './errors.js';
import { replaceFile, requireOwnPath } from './replace-file.js';

export type ReportFormat = 'markdown' | 'html' | 'csv' | 'json';

/** One file that a report goes to. */
export interface ReportFile {
  readonly path: string;
  readonly format: ReportFormat;
}

const EXTENSIONS: ReadonlyMap<string, ReportFormat> = new Map([
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.csv', 'csv'],
  ['.json', 'json'],
]);

/** @param format - for all of them; left out, each is told by its extension. @throws CliError `BadInput` */
export function reportFiles(paths: readonly string[], format: ReportFormat | undefined): ReportFile[] {
  return paths.map((path) => {
    const chosen = format ?? EXTENSIONS.get(extname(path).toLowerCase());
    if (chosen !== undefined) return { path, format: chosen };
    throw new CliError(
      'BadInput',
      `${path} doesn't say its format: end it in .html, .md, .csv or .json, or add --format.`,
    );
  });
}

/** The report as text. Each format is loaded when it is wanted. */
export async function renderReport(report: Checksummed<Report>, format: ReportFormat): Promise<string> {
  switch (format) {
    case 'markdown':
      return (await import('./render/report/markdown.js')).reportMarkdown(report);
    case 'html':
      return (await import('./render/report/html/page.js')).reportHtml(report);
    case 'csv':
      return (await import('./render/report/csv.js')).reportCsv(report);
    case 'json':
      return (await import('../history/report/index.js')).reportText(report);
    default:
      return format satisfies never;
  }
}

/** That of another run may be all that still takes it back. @throws CliError `BadInput` */
export async function requireOwnFiles(files: readonly ReportFile[], report: ReportIdentity): Promise<void> {
  for (const { path, format } of files) {
    const isOwn = await ownerTest(format, report);
    await requireOwnPath(path, 'report of this run', isOwn);
  }
}

/** See {@link requireOwnFiles}. @throws CliError `BadInput` */
export async function writeReportFiles(files: readonly ReportFile[], report: Checksummed<Report>): Promise<void> {
  for (const { path, format } of files) await replaceFile(path, await renderReport(report, format), 0o600);
}

async function ownerTest(format: ReportFormat, report: ReportIdentity): Promise<(text: string) => boolean> {
  switch (format) {
    case 'markdown': {
      const { markdownMark } = await import('./render/report/markdown.js');
      return (text) => text.startsWith(`${markdownMark(report)}\n`);
    }
    case 'html': {
      const { htmlMark } = await import('./render/report/html/page.js');
      return (text) => text.split('\n').slice(0, MARK_WITHIN).includes(htmlMark(report));
    }
    case 'csv': {
      const { CSV_HEADER, csvMark } = await import('./render/report/csv.js');
      const mark = csvMark(report);
      return (text) => text.startsWith(`${CSV_HEADER}\n${mark}`) || text === `${CSV_HEADER}\n`;
    }
    case 'json':
      return (text) => isReportOf(text, report);
    default:
      return format satisfies never;
  }
}

/** Lines of a page, from its beginning, among which its mark is. */
const MARK_WITHIN = 10;

const ownReport = z.looseObject({
  format: z.literal(REPORT_FORMAT),
  planHash: z.string().nullish(),
  rollout: z.looseObject({ workflowId: z.string(), runId: z.string() }).nullable(),
});

function isReportOf(text: string, report: ReportIdentity): boolean {
  try {
    const { rollout, planHash = null } = ownReport.parse(JSON.parse(text));
    if (rollout === null || report.rollout === null) return rollout === report.rollout && planHash === report.planHash;
    return rollout.workflowId === report.rollout.workflowId && rollout.runId === report.rollout.runId;
  } catch {
    return false;
  }
}
