import type { OutcomeKind } from '../../rollout/outcome.js';
import { countOf } from '../../rollout/status.js';
import type { Report, ReportInstance } from './report.js';

type Known = Pick<Report, 'kind' | 'ended' | 'coverage' | 'counts' | 'instances' | 'stages'>;

/**
 * What a reader has to know, in one sentence.
 *
 * @example headlineOf(report) // '118 of 120 instances require IMDSv2; 2 waived'
 */
export function headlineOf(report: Known): string {
  const { kind, ended, counts, stages } = report;
  const begun = ENDED[ended];
  if (kind === 'plan') {
    const changes = stages.reduce((sum, { size }) => sum + size, 0);
    const inStages = changes === 0 ? '' : ` in ${countOf(stages.filter(({ size }) => size > 0).length, 'stage')}`;
    if (ended === 'running') return 'A plan that is still being made';
    return ended === 'planned'
      ? `A plan, not carried out: ${changes} of ${countOf(counts.total, 'instance')} would change${inStages}${others(report)}`
      : 'A plan that could not be made';
  }
  if (kind === 'rollback') {
    const back = counts.restored ?? 0;
    return `${begun}${back} of ${countOf(counts.total, 'changed instance')} went back to the options before${others(report)}`;
  }
  if (ended === 'rolled-back' || ended === 'rollback-incomplete') {
    return `${begun}${countOf(backOf(report), 'instance')} went back to the options before${others(report)}`;
  }
  return `${begun}${standing(report)}${others(report)}`;
}

const ENDED: Readonly<Record<Report['ended'], string>> = {
  completed: '',
  planned: '',
  'rolled-back': 'Rolled back: ',
  'rollback-incomplete': 'Rolled back, but not wholly: ',
  halted: 'Halted: ',
  aborted: 'Aborted: ',
  running: 'Still running: ',
  failed: 'Failed: ',
  cancelled: 'Cancelled: ',
  terminated: 'Terminated: ',
  'timed-out': 'Timed out: ',
};

/** How the selection stands, by the same numbers as the run's own title, which add up; a last sweep makes them certain. */
function standing({ coverage, counts, instances }: Known): string {
  const asksTokens = instances.some(({ wanted }) => wanted?.httpTokens === 'required');
  const good = (counts.changed ?? 0) + (counts.compliant ?? 0);
  const of = `${good} of ${countOf(counts.total + (coverage?.newSincePlan ?? 0), 'instance')}`;
  if (coverage === null) return `${of} known to ${asksTokens ? 'require IMDSv2' : 'have the options asked for'}`;
  if (asksTokens) return `${of} ${good === 1 ? 'requires' : 'require'} IMDSv2`;
  return `${of} ${good === 1 ? 'has' : 'have'} the options asked for`;
}

function backOf({ instances }: Pick<Known, 'instances'>): number {
  return instances.filter(({ restore }) => restore?.outcome === 'restored').length;
}

/** Those that ended otherwise than anybody would hope, by what became of them. */
function others({ instances, kind, ended, coverage }: Known): string {
  const isBack = kind === 'rollback' || ended === 'rolled-back' || ended === 'rollback-incomplete';
  const groups = new Map<string, number>();
  for (const instance of instances) {
    const word = wordFor(instance);
    // The way back as a whole is told of before.
    if (word === undefined || (isBack && word === 'taken back')) continue;
    groups.set(word, (groups.get(word) ?? 0) + 1);
  }
  if (!isBack && coverage !== null && coverage.newSincePlan > 0) groups.set('new', coverage.newSincePlan);
  const parts = [...groups].toSorted(([a], [b]) => WORDS.indexOf(a) - WORDS.indexOf(b));
  return parts.length === 0 ? '' : `; ${parts.map(([word, count]) => `${count} ${word}`).join(', ')}`;
}

const WORDS = [
  'failed to go back',
  'may be changed',
  'failed',
  'taken back',
  'drifted',
  'replaced',
  'gone',
  'waived',
  'blocked',
  'skipped',
  'in flight',
  'not started',
  'new',
];

function wordFor({ outcome, restore }: ReportInstance): string | undefined {
  if (restore?.outcome === 'restore-failed') return 'failed to go back';
  if (outcome === 'blocked(waived)') return 'waived';
  const word = countedAs({ outcome, restore }) ?? outcome;
  if (word === 'restored') return 'taken back';
  return WORDS.includes(word) ? word : undefined;
}

/** @example kindOf('failed(deadline)') // 'failed' */
function kindOf(outcome: string): string {
  return outcome.replace(/\(.*$/s, '');
}

/** The kind under which an instance is counted, as the run counts it; undefined where it has no outcome yet. */
export function countedAs({ outcome, restore }: Pick<ReportInstance, 'outcome' | 'restore'>): OutcomeKind | undefined {
  const own = asKind(kindOf(outcome));
  const back = restore === null ? undefined : asKind(restore.outcome);
  if (back === undefined) return own;
  return own === 'failed' && back !== 'restore-failed' ? own : back;
}

const KINDS: Readonly<Record<OutcomeKind, true>> = {
  changed: true,
  compliant: true,
  skipped: true,
  blocked: true,
  failed: true,
  restored: true,
  drifted: true,
  replaced: true,
  gone: true,
  'restore-failed': true,
};

function asKind(word: string): OutcomeKind | undefined {
  return isKind(word) ? word : undefined;
}

function isKind(word: string): word is OutcomeKind {
  return Object.hasOwn(KINDS, word);
}
