import type { z } from 'zod';
import { formatPath, type Problem, quoteKey, suggest } from './problem.js';

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

/** What zod found, in the words of a person who writes a spec. Never says what the value was, only of what kind. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return describeKind(KINDS[String(issue.expected)] ?? String(issue.expected), issue.input);
    case 'invalid_value':
      return describeWords(issue.values.map(String), issue.input);
    case 'too_small':
      return `must ${bound('at least', issue.origin, Number(issue.minimum))}`;
    case 'too_big':
      return `must ${bound('at most', issue.origin, Number(issue.maximum))}`;
    case 'unrecognized_keys':
      return issue.keys.map((key) => `unknown field ${quoteKey(key)}: leave it out`).join('\n');
    default:
      return undefined;
  }
}

/** What a branch of a union says to an input of another kind: a list where it wants text, or not its one word. */
const MISSES_BRANCH: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value']);

/** One problem a field. Of a union's branches, only the one that the input was meant for has something to say. */
export function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find(
      (branch) => !branch.some(({ code, path }) => MISSES_BRANCH.has(code) && path.length === 0),
    );
    if (meant !== undefined)
      return meant.flatMap((error) => problemsOf({ ...error, path: [...issue.path, ...error.path] }));
  }
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({
      path: formatPath([...issue.path, key]),
      message: messages[index] ?? issue.message,
    }));
  }
  return [{ path: formatPath(issue.path), message: issue.message }];
}

function demand(wanted: string, input: unknown): string {
  return input === undefined ? `is missing: give ${wanted}` : `must be ${wanted}`;
}

function describeWords(known: readonly string[], input: unknown): string {
  const message = demand(listOf(known), input);
  const near = typeof input === 'string' ? suggest(input, known) : undefined;
  return near === undefined ? message : `${message}: did you mean "${near}"?`;
}

function describeKind(wanted: string, input: unknown): string {
  const isPart = wanted === KINDS.int && typeof input === 'number';
  if (input === undefined || isPart) return demand(wanted, input);
  const isScalar = typeof input === 'number' || typeof input === 'boolean';
  return `must be ${wanted}, but is ${kindOf(input)}${wanted === KINDS.string && isScalar ? ': put it in quotes' : ''}`;
}

function kindOf(input: unknown): string {
  if (input === null) return 'empty (null)';
  if (Array.isArray(input)) return 'a list';
  return KINDS[typeof input] ?? typeof input;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function bound(word: string, origin: unknown, limit: number): string {
  if (origin === 'string') return limit === 1 ? 'not be empty' : `have ${word} ${limit} characters`;
  if (origin === 'array') return `have ${word} ${limit === 1 ? 'one entry' : `${limit} entries`}`;
  return `be ${word} ${limit}`;
}
