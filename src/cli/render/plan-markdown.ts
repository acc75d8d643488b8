import { formatDuration } from '../../rollout/duration.js';
import { asText } from '../../rollout/markdown.js';
import { describeChange } from '../../rollout/options.js';
import { describeOutcome } from '../../rollout/outcome.js';
import { countTargets, type Plan } from '../../rollout/plan.js';
import { byCodeUnit, scopeKey, scopeOf } from '../../rollout/scope.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import { countOf } from '../../rollout/status.js';
import { sharesByEnd } from '../plan-json.js';
import { labelIn } from './label.js';
import { table } from './markdown.js';
import { instancesOf, setAside } from './plan.js';
import { describeBudget, describeUncovered, formatShare, ONE_WRITER } from './plan-terms.js';

/** A longer table is folded, so that a pull request stays readable. */
const OPEN_ROWS = 20;

/** The plan for a pull request: the stages at a glance, then a table for each, then what is left alone. */
export function renderPlanMarkdown({ name, failure }: RolloutSpec, plan: Plan): string[] {
  const label = labelIn(instancesOf(plan));
  const { compliant, leftOut, named } = setAside(plan.settled);
  const stages = plan.stages.filter(({ targets }) => targets.length > 0);
  const terms = [...describeUncovered(plan), describeBudget(failure), ONE_WRITER].flatMap((line) => [asText(line), '']);
  const counts = [
    ...(compliant > 0 ? [`${countOf(compliant, 'instance')} already as asked`] : []),
    ...[...leftOut].map(([why, count]) => `${countOf(count, 'instance')} left out: ${asText(why)}`),
  ];
  return [
    `## Plan of ${asText(name)}: ${countOf(countTargets(plan), 'change')}`,
    '',
    ...plan.warnings.flatMap((warning) => [`> ⚠️ ${asText(warning)}`, '']),
    ...(stages.length === 0 ? [] : [...summarize(plan), ...countByScope(plan), ...terms]),
    ...stages.flatMap(({ name: stage, targets }) =>
      section(
        stage,
        ['instance', 'change'],
        targets.map((target) => [
          `${label(target)}${target.stopped ? ' (stopped)' : ''}`,
          describeChange(target.before, target.desired),
        ]),
      ),
    ),
    ...(plan.allowed.length === 0
      ? []
      : section(
          'allowed',
          ['instance', 'in a stage by evidence.allow, though'],
          plan.allowed.map((instance) => [label(instance), instance.detail]),
        )),
    ...(named.length === 0
      ? []
      : section(
          'left alone',
          ['instance', 'outcome', 'why'],
          named.map((instance) => [label(instance), describeOutcome(instance.outcome), instance.detail ?? '']),
        )),
    ...(counts.length === 0 ? [] : [...counts.map((count) => `- ${count}`), '']),
    `Plan hash \`${plan.hash}\``,
  ];
}

function summarize(plan: Plan): string[] {
  const shares = sharesByEnd(plan);
  const rows = plan.stages.flatMap(({ name, targets, concurrency, bake, approval }, index) => {
    if (targets.length === 0) return [];
    const label = approval === undefined ? name : `${name} (waits for approval)`;
    const share = formatShare(shares[index] ?? 0);
    return [
      [label, String(targets.length), share, String(concurrency), bake > 0 ? `a bake of ${formatDuration(bake)}` : ''],
    ];
  });
  return table(['stage', 'instances', 'of all by its end', 'at a time', 'then'], rows);
}

/** How many targets each stage has in each scope; nothing where there is but one scope. */
function countByScope({ stages: all }: Plan): string[] {
  const stages = all.filter(({ targets }) => targets.length > 0);
  const keys = stages.map(({ targets }) => targets.map(({ arn }) => scopeKey(scopeOf(arn))));
  const scopes = [...new Set(keys.flat())].sort(byCodeUnit);
  if (scopes.length < 2) return [];
  const rows = scopes.map((scope) => [scope, ...keys.map((of) => String(of.filter((key) => key === scope).length))]);
  return table(['scope', ...stages.map(({ name }) => name)], rows);
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const heading = [`### ${asText(title)}`, ''];
  if (rows.length <= OPEN_ROWS) return [...heading, ...table(head, rows)];
  // GitHub renders Markdown inside of HTML only after an empty line.
  return [
    ...heading,
    `<details><summary>${countOf(rows.length, 'instance')}</summary>`,
    '',
    ...table(head, rows),
    '</details>',
    '',
  ];
}
