import { cleanLine } from '../../rollout/clean.js';
import { formatDuration } from '../../rollout/duration.js';
import { fieldsOf, type MetadataOptions } from '../../rollout/options.js';
import { describeReach } from '../../rollout/reach.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import { countOf } from '../../rollout/status.js';
import type { Screen } from '../output.js';
import { describeSpec } from '../spec-json.js';
import { columns, wrap } from './columns.js';

interface ShownProblem {
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** A checked spec in short. */
export function renderSpec({ paint, width }: Screen, spec: RolloutSpec): string[] {
  return [`${paint.green('✔')} ${paint.bold(cleanLine(spec.name))} is valid.`, ...renderIntent(width, spec)];
}

/** What the spec asks for, where, and in which stages. */
export function renderIntent(width: number, spec: RolloutSpec): string[] {
  const { options, stages } = describeSpec(spec);
  return [
    ...wrap(`  ${describeOptions(options)} in ${cleanLine(describeReach(spec.targets))}`, width, '    '),
    ...columns(
      stages.map(({ name, size, bakeMs, concurrency }) => [
        cleanLine(name),
        cleanLine(size),
        `${concurrency} at a time`,
        bakeMs > 0 ? `then a bake of ${formatDuration(bakeMs)}` : '',
      ]),
      width,
      '    ',
    ),
  ];
}

/** @example describeOptions({ httpTokens: 'required' }) // 'httpTokens=required' */
function describeOptions(options: MetadataOptions): string {
  return fieldsOf(options)
    .map((field) => `${field}=${options[field]}`)
    .join(' ');
}

/** Every problem, with its place as editors and compilers write it. */
export function renderProblems({ paint, width }: Screen, file: string, problems: readonly ShownProblem[]): string[] {
  const name = cleanLine(file === '-' ? '(stdin)' : file);
  const lines = problems.flatMap(({ path, message, line, column }) => {
    const place = line === undefined ? name : `${name}:${line}:${column}`;
    return [`${paint.bold(cleanLine(path))}  ${paint.dim(place)}`, ...wrap(`  ${cleanLine(message)}`, width, '  ')];
  });
  return [`${paint.red('✘')} ${name}: ${countOf(problems.length, 'problem')}`, '', ...lines];
}

/** The same for an error message, without colours. */
export function describeLocatedProblems(file: string, problems: readonly ShownProblem[]): string {
  return problems
    .map(({ path, message, line, column }) => {
      const place = line === undefined ? file : `${file}:${line}:${column}`;
      return `  ${path}: ${message} (${place})`;
    })
    .join('\n');
}
