import { cleanLine } from '../../rollout/clean.js';
import type { DemoFindings } from '../demo/compare.js';
import type { Screen } from '../output.js';
import { columns, wrap } from './columns.js';

/** What changed and what was restored, as read back from the simulator. */
export function renderFindings({ paint, width }: Screen, { regions, problems }: DemoFindings): string[] {
  const total = {
    region: 'all',
    instances: sum(regions.map(({ instances }) => instances)),
    hardened: sum(regions.map(({ hardened }) => hardened)),
    leftAlone: sum(regions.map(({ leftAlone }) => leftAlone)),
    raised: sum(regions.map(({ raised }) => raised)),
    restored: sum(regions.map(({ restored }) => restored)),
  };
  const [head = '', ...rows] = columns(
    [
      ['region', 'instances', '1: IMDSv1 closed', '2: hop limit raised', 'and restored'],
      ...[...regions, total].map((row) => [
        cleanLine(row.region),
        String(row.instances),
        `${row.hardened}${row.leftAlone > 0 ? `, ${row.leftAlone} left alone` : ''}`,
        String(row.raised),
        row.restored === row.raised ? `${row.restored} of ${row.raised}` : `only ${row.restored} of ${row.raised}`,
      ]),
    ],
    width,
  );
  const last = rows.pop() ?? '';
  return [
    paint.bold('Read back from the simulated Lightsail, instance by instance'),
    paint.dim(head),
    ...rows,
    paint.bold(last),
    ...problems.slice(0, 10).flatMap((problem) => wrap(`  ${paint.red('✘')} ${cleanLine(problem)}`, width, '    ')),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
