import { readFile } from 'node:fs/promises';
import { REPORT_FORMAT } from '../history/report/report.js';
import { type ChecksumCheck, describeEdit, verifyChecksum } from '../rollout/checksum.js';
import { UNDO_FORMAT } from '../rollout/undo-file.js';
import { isDeeperThan, MAX_DEPTH } from '../untrusted/depth.js';
import { CliError, reasonOf } from './errors.js';
import { PLAN_FORMAT } from './json/plan.js';

/** Files that a later command reads back: each states its format and its checksum. */
const NAMES = { [PLAN_FORMAT]: 'plan', [UNDO_FORMAT]: 'undo file', [REPORT_FORMAT]: 'JSON report' } as const;

export type KeptFormat = keyof typeof NAMES;

export const KEPT_FORMATS = [PLAN_FORMAT, UNDO_FORMAT, REPORT_FORMAT] as const satisfies readonly KeptFormat[];

/** A plan, an undo file or a JSON report as it was read. Only its format was checked. */
export interface KeptFile {
  readonly path: string;
  readonly format: KeptFormat;
  readonly content: object;
  readonly checksum: ChecksumCheck;
}

/**
 * Reads a plan, an undo file or a JSON report: every command that takes such a file reads it here.
 *
 * @param remedy - where another file is found than one of these formats: what to do
 * @throws CliError `BadInput`
 */
export async function readKeptFile(path: string, formats: readonly KeptFormat[], remedy: string): Promise<KeptFile> {
  const what = listOf(formats.map((format) => NAMES[format]));
  const content = parseJson(await readText(path, remedy), `${path} isn't JSON, so it is no ${what}`, remedy);
  const format = formats.find((each) => isObject(content) && 'format' in content && content.format === each);
  if (format === undefined || !isObject(content)) {
    const wanted = listOf(formats);
    throw new CliError(
      'BadInput',
      `${path} is no ${what}: its "format" must be ${wanted}, which this version reads. ${remedy}`,
    );
  }
  if (isDeeperThan(MAX_DEPTH, content)) {
    throw new CliError('BadInput', `${path} is no ${what}: it is nested too deep. ${remedy}`);
  }
  return { path, format, content, checksum: verifyChecksum(content) };
}

/** @throws CliError `EditedFile` where the file isn't as it was written */
export function requireIntact({ path, checksum }: KeptFile, remedy: string): void {
  if (checksum.isIntact) return;
  throw new CliError('EditedFile', `${path} was edited since it was written: ${describeEdit(checksum)}. ${remedy}`);
}

/** Whether a text is a file of that format, whoever has edited it. */
export function hasFormat(text: string, format: KeptFormat): boolean {
  try {
    const content: unknown = JSON.parse(text);
    return isObject(content) && 'format' in content && content.format === format;
  } catch {
    return false;
  }
}

/** @example listOf(['a', 'b', 'c']) // 'a, b or c' */
function listOf(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' or ');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readText(path: string, remedy: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = isMissing ? `There is no file ${path}.` : `${path} can't be read (${reasonOf(error)}).`;
    throw new CliError('BadInput', `${why} ${remedy}`);
  });
}

function parseJson(text: string, problem: string, remedy: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError('BadInput', `${problem} (${reasonOf(error)}). ${remedy}`);
  }
}
