import { stringify } from 'yaml';
import { safeJson } from '../../rollout/clean.js';
import type { MetadataOptions } from '../../rollout/options.js';

/** What a new spec is to say. */
export interface SpecWish {
  readonly name: string;
  readonly regions: readonly string[] | 'all';
  readonly options: Pick<MetadataOptions, 'httpTokens' | 'httpPutResponseHopLimit'>;
}

/** Where the note of a field begins, in columns. */
const NOTE_AT = 32;

/**
 * A spec in YAML with a note on every field.
 *
 * @param schema - where an editor finds the JSON Schema
 */
export function renderSpecTemplate({ name, regions, options }: SpecWish, schema: string): string {
  const { httpTokens, httpPutResponseHopLimit: hopLimit } = options;
  const places = regions === 'all' ? 'all' : `[${regions.join(', ')}]`;
  return [
    `# yaml-language-server: $schema=${schema}`,
    '',
    noted(`name: ${onOneLine(name)}`, 'names the rollout, and its workflow'),
    noted('options:', 'only these fields are ever changed'),
    ...(httpTokens === undefined ? [] : [noted(`  httpTokens: ${httpTokens}`, TOKENS[httpTokens])]),
    ...(hopLimit === undefined
      ? []
      : [noted(`  httpPutResponseHopLimit: ${hopLimit}`, '2 lets containers reach it, 1 does not')]),
    noted('targets:', 'where; include and exclude narrow it'),
    noted(`  regions: ${places}`, regions === 'all' ? 'every one that you may use; or a list' : 'or all'),
    noted('stages:', 'by name, one after the other'),
    '  # size: a count, a share of the instances that need a change, or the rest',
    ...(httpTokens === 'required' ? LONG_CANARY : SHORT_CANARY),
    '  - { name: early, size: 10%, bake: 1h }',
    '  - { name: rest, size: rest, bake: 15m }',
    noted('failure:', 'when to stop'),
    noted('  max: 0', 'so many may fail in a stage'),
    noted('  revert: run', 'what goes back then: run, failed, none'),
    '',
  ].join('\n');
}

const LONG_CANARY = [
  '  # bake: watched so long before the next stage; the first for more than six',
  '  #   hours, as software may cache credentials for up to six, and fail only then',
  '  - { name: canary, size: 1, bake: 7h }',
];

const SHORT_CANARY = ['  # bake: watched so long before the next stage', '  - { name: canary, size: 1, bake: 1h }'];

const TOKENS = {
  required: 'closes IMDSv1: no call without a token',
  optional: 'leaves IMDSv1 open: calls without a token',
} as const;

/** The note behind a field ends its line. */
function onOneLine(text: string): string {
  const written = stringify(text, { lineWidth: 0 }).trim();
  return written.includes('\n') ? safeJson(text) : written;
}

function noted(field: string, note: string): string {
  return `${field.padEnd(NOTE_AT)} # ${note}`;
}
