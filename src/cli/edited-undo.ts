import { z } from 'zod';
import { describeEdit } from '../rollout/checksum.js';
import { formatDuration } from '../rollout/duration.js';
import { optionFields } from '../rollout/option-fields.js';
import { describeChange } from '../rollout/options.js';
import { hashOf } from '../rollout/plan.js';
import { targetLabel } from '../rollout/target.js';
import type { UndoEntry } from '../rollout/undo.js';
import { parseUndoFile, type UndoFile } from '../rollout/undo-file.js';
import type { KeptFile } from './kept-file.js';

const options = z.object(optionFields).nullable();

/** The instances of a JSON report, as far as an undo file says the same of them. */
const tableSchema = z.object({
  instances: z.array(
    z.object({
      arn: z.string(),
      name: z.string(),
      stage: z.string().nullable(),
      before: options,
      wanted: options,
      outcome: z.string(),
    }),
  ),
});

type Row = z.output<typeof tableSchema>['instances'][number];

/** What of a file that was edited can be told, for a person: a line for each difference, and how its instances are restored. */
export function describeEdited({ path, content, checksum }: KeptFile, undo: UndoFile): string[] {
  return [
    `${path} was edited since it was written: ${describeEdit(checksum)}.`,
    ...('undo' in content ? differencesOf(content, undo) : ['Nothing is left to compare its content with.']),
    describeSettings(undo),
  ];
}

function differencesOf(report: object, undo: UndoFile): string[] {
  if (parseUndoFile(undo).ok) return ['Its undo is as it was written: the edit is elsewhere in the report.'];
  const table = tableSchema.safeParse(report);
  if (!table.success)
    return ["The report's own list of instances can't be read, so nothing is left to compare its undo with."];
  const rows = new Map(table.data.instances.map((row) => [row.arn, row]));
  const listed = new Set(undo.entries.map(({ target }) => target.arn));
  const lines = [
    ...undo.entries.flatMap((entry) => compare(entry, rows.get(entry.target.arn))),
    ...table.data.instances
      .filter(({ arn, outcome }) => outcome === 'changed' && !listed.has(arn))
      .map((row) => `${targetLabel(row)}: changed by the report's list of instances, and missing in its undo`),
  ];
  return lines.length > 0
    ? ['Its undo differs from its list of instances:', ...lines]
    : ['Its undo and its list of instances say the same of each instance.'];
}

function compare({ stage, target }: UndoEntry, row: Row | undefined): string[] {
  const label = targetLabel(target);
  if (row === undefined) return [`${label}: in the undo, and not among the instances of the report`];
  const differing = (['before', 'desired'] as const).flatMap((member) => {
    const other = member === 'before' ? row.before : row.wanted;
    if (other === null) return [`${label}: ${member} is in the undo, and the report knows none`];
    if (hashOf(other) === hashOf(target[member])) return [];
    return [
      `${label}: ${member}, from the report to the undo: ${describeChange(other, target[member]) || 'other fields'}`,
    ];
  });
  return row.stage === stage
    ? differing
    : [...differing, `${label}: stage ${row.stage ?? '(none)'} in the report, ${stage} in the undo`];
}

function describeSettings({ rollout, restore: { settings, concurrency, keepTokens } }: UndoFile): string {
  const { timeout, pollInterval, maxErrors } = settings;
  const perScope = concurrency.perScope === undefined ? '' : `, ${concurrency.perScope} in an account and region`;
  return [
    `It restores with timeout ${formatDuration(timeout)}, poll interval ${formatDuration(pollInterval)}, ${maxErrors} errors at most`,
    `${concurrency.total} instances at once${perScope}`,
    `httpTokens ${keepTokens ? 'never lowered' : 'as before'}`,
    `task queue ${rollout.taskQueue ?? '(default)'}.`,
  ].join('; ');
}
