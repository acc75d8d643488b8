import { createHash } from 'node:crypto';
import { safeJson } from '../../rollout/clean.js';
import { canonicalJson } from '../../rollout/plan.js';
import type { Report } from './report.js';

/** A report with the SHA-256 over all the rest of it. */
export interface SealedReport extends Report {
  /** Hexadecimal, over the canonical JSON (RFC 8785) of the report without this member. */
  readonly sha256: string;
}

/** Gives a report its checksum. @example sealReport(await collectReport(client, ref)).sha256 // 'c0ffee…' */
export function sealReport(report: Report): SealedReport {
  return { ...report, sha256: checksumOf(report) };
}

/** A report as text: keys in order, two spaces; however it is laid out, its checksum is the same. */
export function reportText(report: SealedReport): string {
  // The canonical form has the keys in their order, and JSON keeps it.
  return `${safeJson(JSON.parse(canonicalJson(report)), 2)}\n`;
}

/** Whether what was read as JSON is as it was written; `stated` is missing where it has no checksum. */
export function checkSeal(read: object): {
  readonly stated?: string;
  readonly actual: string;
  readonly isIntact: boolean;
} {
  const { sha256: stated, ...rest }: { sha256?: unknown } = { ...read };
  const actual = checksumOf(rest);
  return { actual, isIntact: stated === actual, ...(typeof stated === 'string' && { stated }) };
}

/** The same as `hashOf`, by Node's own SHA-256: a report is large. */
function checksumOf(value: object): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
