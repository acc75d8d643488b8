import { z } from 'zod';
import { DURATION_PATTERN, formatDuration, MAX_DURATION_MS, parseDuration } from './duration.js';
import { quoteKey, suggest } from './problem.js';
import {
  type Allowance,
  type GroupKey,
  parseAllowance,
  parseGroupKey,
  parseStageSize,
  type StageSize,
} from './size.js';

/** Field names under which people keep what must not be in a workflow's history, compared without case, `-` and `_`. */
const SECRETS =
  /role|externalid|credential|secret|password|passphrase|token|(access|api|private)key|header|auth|webhook/;

/** So many unknown fields may be typos: to look for what thousands are meant to be would take a workflow task too long. */
const MEANT = 50;

/** An object that refuses unknown fields, says which are known, and keeps credentials out. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys?.map((key, index) => refuseField(String(key), known, index < MEANT)).join('\n')
        : undefined,
  });
}

function refuseField(key: string, known: readonly string[], isMeant: boolean): string {
  const near = isMeant ? suggest(key, known) : undefined;
  if (near === undefined && SECRETS.test(key.toLowerCase().replaceAll(/[-_]/g, ''))) {
    return `${quoteKey(key)} doesn't belong in a spec, which stays in workflow history: roles, credentials and addresses are part of the worker's configuration`;
  }
  const hint = near === undefined ? '. ' : `, did you mean "${near}"? `;
  return `unknown field ${quoteKey(key)}${hint}Known here: ${known.join(', ')}`;
}

interface Notation<T> {
  readonly parse: (text: string) => T | undefined;
  /** What is allowed, with examples, after "must be" or "give". */
  readonly allowed: string;
}

function explain(allowed: string) {
  return (issue: { readonly input?: unknown }) =>
    issue.input === undefined ? `is missing: give ${allowed}` : `must be ${allowed}`;
}

function read<T>({ parse, allowed }: Notation<T>) {
  return (value: string | number, context: z.RefinementCtx): T => {
    const result = parse(String(value));
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `"${String(value).slice(0, 60)}" isn't valid: must be ${allowed}` });
    return z.NEVER;
  };
}

/** Text with a meaning; `pattern` is for editors. */
function text<T>(notation: Notation<T>, pattern: RegExp) {
  return z
    .string({ error: explain(notation.allowed) })
    .meta({ pattern: pattern.source })
    .transform(read(notation));
}

/** Text with a meaning, or a plain number of at least `minimum`; `pattern` and `minimum` are for editors. */
function textOrNumber<T>(notation: Notation<T>, pattern: RegExp, minimum: number) {
  return z
    .custom<string | number>((value) => typeof value === 'string' || typeof value === 'number', {
      error: explain(notation.allowed),
    })
    .meta({ type: ['string', 'integer'], pattern: pattern.source, minimum })
    .transform(read(notation));
}

/**
 * @param min - milliseconds
 * @param max - milliseconds
 */
export function duration(min: number, max = MAX_DURATION_MS) {
  const parse = (written: string) => {
    const ms = parseDuration(written);
    return ms === undefined || ms < min || ms > max ? undefined : ms;
  };
  const least = min > 0 ? `at least ${formatDuration(min)} and ` : '';
  const allowed = `a duration such as 30s, 15m, 7h or 14d, ${least}at most ${formatDuration(max)}`;
  return text({ parse, allowed }, DURATION_PATTERN);
}

export const stageSize = textOrNumber<StageSize>(
  {
    parse: parseStageSize,
    allowed:
      'a count of at least 1 (5), a share over 0 % (20%), so many per value of a key (1 per tag:app, 1 per blueprint, 1 per scope), or rest',
  },
  /^(rest|\d{1,5}((\.\d{1,2})?%)?|\d{1,5} per (blueprint|scope|tag:.+))$/,
  1,
);

export const allowance = textOrNumber<Allowance>(
  { parse: parseAllowance, allowed: 'a count (2) or a share of at most 100 % (10%)' },
  /^\d{1,5}((\.\d{1,2})?%)?$/,
  0,
);

export const groupKey = text<GroupKey>(
  { parse: parseGroupKey, allowed: 'blueprint, scope or tag:KEY' },
  /^(blueprint|scope|tag:.+)$/,
);
