import { cleanLine } from '../../rollout/clean.js';
import { describeChange, restoreOptions } from '../../rollout/options.js';
import { byCodeUnit, scopeOf } from '../../rollout/scope.js';
import { countOf } from '../../rollout/status.js';
import { type Target, targetLabel } from '../../rollout/target.js';
import { countDowngrades, type UndoEntry } from '../../rollout/undo.js';
import type { UndoJson } from '../json/rollback.js';
import type { Screen } from '../output.js';
import { columns, wrap } from './columns.js';

export function undoJson(entries: readonly UndoEntry[], keepTokens: boolean, warnings: readonly string[]): UndoJson {
  return {
    targets: entries.map(({ stage, target }) => {
      const { arn, name, before, desired } = target;
      return { ...scopeOf(arn), name, arn, stage, now: desired, back: restoreOptions(before, desired, keepTokens) };
    }),
    toImdsV1: countDowngrades(entries, keepTokens),
    warnings,
  };
}

export interface UndoPicture {
  readonly title: string;
  readonly entries: readonly UndoEntry[];
  readonly keepTokens: boolean;
  readonly warnings: readonly string[];
}

/** What would go back, in a line for each account, region and kind of change: short, however many instances there are. */
export function renderUndo(screen: Screen, { title, entries, keepTokens, warnings }: UndoPicture): string[] {
  const { paint, width } = screen;
  const head = wrap(`${paint.bold('Rollback of')} ${cleanLine(title)}`, width, '  ');
  const notes = warnings.flatMap((warning) => wrap(`  ${paint.yellow('!')} ${cleanLine(warning)}`, width, '    '));
  if (entries.length === 0) return [...head, ...notes, '  Nothing to take back: no change of it is known to stand.'];
  return [
    ...head,
    ...groupsOf(entries, keepTokens).flatMap(({ where, change, count }) => [
      ...wrap(`    ${where}: ${countOf(count, 'instance')}`, width, '      '),
      ...wrap(`      ${change}`, width, '      '),
    ]),
    ...notes,
    ...wrap(`  ${describeTotal(screen, entries.length, countDowngrades(entries, keepTokens))}`, width, '  '),
    ...wrap('  What was changed elsewhere since, replaced or deleted stays as it is, and is named.', width, '  '),
  ];
}

function describeTotal({ paint }: Screen, count: number, downgrades: number): string {
  const all = `${countOf(count, 'instance')} in all.`;
  if (downgrades === 0) return `${all} None of them lets IMDSv1 in again.`;
  const open = `${downgrades} of them ${downgrades === 1 ? 'lets' : 'let'} IMDSv1 in again (httpTokens optional).`;
  return `${all} ${paint.yellow(open)}`;
}

interface Group {
  /** Region and account. */
  readonly where: string;
  readonly change: string;
  readonly count: number;
}

function groupsOf(entries: readonly UndoEntry[], keepTokens: boolean): Group[] {
  const groups = new Map<string, Group>();
  for (const { target } of entries) {
    const { region, account } = scopeOf(target.arn);
    const where = `${region} (${account})`;
    const change = describeWayBack(target, keepTokens);
    const key = `${where} ${change}`;
    groups.set(key, { where, change, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.keys()].sort(byCodeUnit).flatMap((key) => groups.get(key) ?? []);
}

/** One line for each instance, last changed first, as they go back. */
export function renderUndoList({ width }: Screen, entries: readonly UndoEntry[], keepTokens: boolean): string[] {
  const rows = entries
    .toReversed()
    .map(({ stage, target }) => [
      cleanLine(targetLabel(target)),
      describeWayBack(target, keepTokens),
      `stage ${cleanLine(stage)}`,
    ]);
  return columns(rows, width);
}

function describeWayBack({ before, desired }: Target, keepTokens: boolean): string {
  return describeChange(desired, restoreOptions(before, desired, keepTokens)) || 'stays as it is';
}
