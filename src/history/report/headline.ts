import type { OutcomeKind } from '../../rollout/outcome.js';
import { countOf } from '../../rollout/status.js';
import type { Report, ReportInstance } from './report.js';

type Known = Pick<Report, 'kind' | 'ended' | 'coverage' | 'counts' | 'instances' | 'stages' | 'spec'>;

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

/** How the selection stands, by the last sweep where there was one. */
function standing({ coverage, counts, instances }: Known): string {
  const asksTokens = instances.some(({ wanted }) => wanted?.httpTokens === 'required');
  if (coverage !== null && asksTokens) {
    return `${coverage.required} of ${countOf(coverage.total, 'instance')} ${coverage.required === 1 ? 'requires' : 'require'} IMDSv2`;
  }
  const good = (counts.changed ?? 0) + (counts.compliant ?? 0);
  const what = asksTokens ? 'known to require IMDSv2' : 'known to have the options asked for';
  return `${good} of ${countOf(counts.total, 'instance')} ${what}`;
}

function backOf({ instances }: Pick<Known, 'instances'>): number {
  return instances.filter(({ restore }) => restore?.outcome === 'restored').length;
}

/** Those that ended otherwise than anybody would hope, by what became of them. */
function others({ instances, kind, ended }: Known): string {
  const groups = new Map<string, number>();
  for (const instance of instances) {
    const word = wordFor(instance);
    if (word === undefined || (kind === 'plan' && word === 'not started')) continue;
    if (word === 'not started' && ended === 'completed') continue;
    groups.set(word, (groups.get(word) ?? 0) + 1);
  }
  const parts = [...groups].toSorted(([a], [b]) => WORDS.indexOf(a) - WORDS.indexOf(b));
  return parts.length === 0 ? '' : `; ${parts.map(([word, count]) => `${count} ${word}`).join(', ')}`;
}

const WORDS = [
  'failed to go back',
  'may be changed',
  'failed',
  'drifted',
  'replaced',
  'gone',
  'waived',
  'blocked',
  'skipped',
  'in flight',
  'not started',
];

function wordFor({ outcome, restore }: ReportInstance): string | undefined {
  if (restore?.outcome === 'restore-failed') return 'failed to go back';
  if (outcome === 'blocked(waived)') return 'waived';
  const word = restore?.outcome === 'restored' && !outcome.startsWith('failed') ? 'restored' : kindOf(outcome);
  return WORDS.includes(word) ? word : undefined;
}

/** @example kindOf('failed(deadline)') // 'failed' */
export function kindOf(outcome: string): string {
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
