import type { Evidence } from '../evidence.js';
import { judgeBounds } from './bounds.js';
import { openCase } from './case.js';
import { judgeEnds } from './ends.js';
import { judgeInstances } from './instances.js';
import { judgeWrites } from './writes.js';

/** Everything that a run did which must not be, each in a sentence; from the outside alone. */
export function judge(evidence: Evidence): string[] {
  const of = openCase(evidence);
  return [...judgeEnds(of), ...judgeInstances(of), ...judgeWrites(of), ...judgeBounds(of)];
}
