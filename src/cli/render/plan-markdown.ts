import { formatDuration } from '../../rollout/duration.js';
import { describeChange } from '../../rollout/options.js';
import { describeOutcome } from '../../rollout/outcome.js';
import { countTargets, type Plan, type PlannedStage } from '../../rollout/plan.js';
import { countOf } from '../../rollout/status.js';
import { labelIn } from './label.js';
import { asText, table } from './markdown.js';
import { instancesOf, setAside } from './plan.js';

/** A longer table is folded, so that a pull request stays readable. */
const OPEN_ROWS = 20;

/** The plan for a pull request: the stages at a glance, then a table for each, then what is left alone. */
export function renderPlanMarkdown(name: string, plan: Plan): string[] {
  const label = labelIn(instancesOf(plan));
  const { compliant, leftOut, named } = setAside(plan.settled);
  const stages = plan.stages.filter(({ targets }) => targets.length > 0);
  const counts = [
    ...(compliant > 0 ? [`${countOf(compliant, 'instance')} already as asked`] : []),
    ...[...leftOut].map(([why, count]) => `${countOf(count, 'instance')} left out: ${asText(why)}`),
  ];
  return [
    `## Plan of ${asText(name)}: ${countOf(countTargets(plan), 'change')}`,
    '',
    ...plan.warnings.flatMap((warning) => [`> ⚠️ ${asText(warning)}`, '']),
    ...(stages.length === 0 ? [] : table(['stage', 'instances', 'at a time', 'then'], stages.map(summarize))),
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

function summarize({ name, targets, concurrency, bake, approval }: PlannedStage): string[] {
  const label = approval === undefined ? name : `${name} (waits for approval)`;
  return [label, String(targets.length), String(concurrency), bake > 0 ? `a bake of ${formatDuration(bake)}` : ''];
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
