import type { RolloutOutcome } from '../../client/index.js';
import { cleanLine, cleanText } from '../../rollout/clean.js';
import { countOf, describeCounts, describeEvidence, type RolloutResult } from '../../rollout/status.js';
import type { Screen } from '../output.js';
import { columns, wrap } from './columns.js';
import { clockTime } from './status.js';

/** Exceptions that a screen shows; `--json` and the Temporal UI have the others. */
const SHOWN_EXCEPTIONS = 20;

/** How a rollout ended, and what a person has to know of it. */
export function renderOutcome(screen: Screen, outcome: RolloutOutcome): string[] {
  const { paint, width } = screen;
  const { result } = outcome;
  if (outcome.status === 'completed') {
    const { counts, reason, ended } = outcome.result;
    const isRollback = ended === 'rolled-back';
    const line = `${paint.green('✔')} ${isRollback ? 'Taken back' : 'Completed'}: ${describeCounts(counts)}${reason === undefined ? '' : ` (${cleanLine(reason)})`}.`;
    const nobody =
      counts.total === 0 && !isRollback
        ? [`${paint.yellow('!')} The selection held no instance at all: check targets in the spec.`]
        : [];
    return [...wrap(line, width, '  '), ...nobody, ...renderDetails(screen, outcome.result)];
  }
  const [first = '', ...rest] = cleanText(outcome.message).split('\n');
  return [
    ...wrap(`${paint.red('✘')} ${paint.bold(cleanLine(outcome.type))}: ${first}`, width, '  '),
    ...(result === undefined
      ? rest.flatMap((line) => wrap(`  ${line}`, width, '    '))
      : renderDetails(screen, result)),
  ];
}

function renderDetails({ paint, width }: Screen, result: RolloutResult): string[] {
  const {
    exceptions,
    exceptionsLeftOut = 0,
    evidence,
    journal,
    warnings = [],
    coverage,
    downgraded,
    rollbackUntil,
  } = result;
  const shown = exceptions.slice(0, SHOWN_EXCEPTIONS);
  const more = exceptions.length - shown.length + exceptionsLeftOut;
  return [
    ...columns(
      shown.map(({ scope, name, outcome: left, reason }) => [
        cleanLine(`${scope.split(':')[1] ?? scope}/${name}`),
        cleanLine(left),
        cleanLine(reason),
      ]),
      width,
    ),
    ...(more > 0 ? [paint.dim(`  and ${more} more: see --json`)] : []),
    ...(evidence === undefined ? [] : wrap(`  ${cleanLine(describeEvidence(evidence, 'past'))}.`, width, '    ')),
    ...warnings.flatMap((warning) => wrap(`${paint.yellow('!')} ${cleanLine(warning)}`, width, '  ')),
    ...(downgraded > 0 ? [`  ${countOf(downgraded, 'instance')} went back to httpTokens optional.`] : []),
    ...(journal === undefined ? [] : wrap(`  ! ${cleanLine(journal)}`, width, '    ')),
    ...(rollbackUntil === undefined ? [] : [`  rollback can read its history until ${clockTime(rollbackUntil)}.`]),
    ...(coverage === undefined
      ? []
      : [
          `  The selection now: ${coverage.required} of ${coverage.total} with httpTokens required, ${coverage.optional} optional` +
            `${coverage.unknown > 0 ? `, ${coverage.unknown} unknown` : ''}` +
            `${coverage.newSincePlan > 0 ? `; ${coverage.newSincePlan} new since the plan` : ''}.`,
        ]),
  ];
}
