import { cleanLine } from '../../rollout/clean.js';
import type { Finding } from '../json/local.js';
import type { Output } from '../output.js';
import { wrap } from '../render/columns.js';

const MARKS = { ok: '✔', warning: '!', failure: '✘' } as const satisfies Record<Finding['state'], string>;

export function showFindings(output: Output, findings: readonly Finding[]): void {
  const { paint, width } = output;
  const colours = { ok: paint.green, warning: paint.yellow, failure: paint.red };
  for (const { state, what, remedy } of findings) {
    output.print(...wrap(`${colours[state](MARKS[state])} ${cleanLine(what)}`, width, '  '));
    if (remedy !== undefined) output.print(...wrap(`    → ${cleanLine(remedy)}`, width, '      '));
  }
}

export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ state }) => state === 'failure');
}
