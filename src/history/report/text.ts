import type { Checksummed } from '../../rollout/checksum.js';
import { safeJson } from '../../rollout/clean.js';
import { canonicalJson } from '../../rollout/plan.js';
import type { Report } from './report.js';

/** A report as text: keys in order, two spaces; however it is laid out, its checksum is the same. */
export function reportText(report: Checksummed<Report>): string {
  // The canonical form has the keys in their order, and JSON keeps it.
  return `${safeJson(JSON.parse(canonicalJson(report)), 2)}\n`;
}
