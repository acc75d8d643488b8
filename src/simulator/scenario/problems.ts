import type { z } from 'zod';

/** One thing that is wrong with an input. */
export interface Problem {
  /** Where, as in `fleet[0].options.httpTokens`; empty for the whole input. */
  readonly path: string;
  readonly problem: string;
  readonly allowed: string;
  readonly remedy: string;
}

/** What a schema made of an input. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Issue = z.core.$ZodIssue;

/** Checks an input against a schema and explains all that is wrong with it. */
export function checkInput<Schema extends z.ZodType>(schema: Schema, input: unknown): Checked<z.output<Schema>> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: firstOf(result.error.issues).flatMap(explainIssue).slice(0, MAX_PROBLEMS) };
}

/** So many are told of: a person mends a few at a time. */
const MAX_PROBLEMS = 50;

/** The issues that are told of. */
export function firstOf<Each>(issues: readonly Each[]): readonly Each[] {
  return issues.slice(0, MAX_PROBLEMS);
}

/** The problems as text, one a line. */
export function renderProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ path, problem, allowed, remedy }) => `- ${path || '(all)'}: ${problem}. Allowed: ${allowed}. ${remedy}.`)
    .join('\n');
}

function explainIssue(issue: Issue): Problem[] {
  const path = renderPath(issue.path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainKey(issue, key));
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [{ path, problem: 'is missing', allowed: allowedBy(issue), remedy: 'Add it' }];
  }
  return [
    { path, problem: `${show(issue.input)} is not allowed`, allowed: allowedBy(issue), remedy: remedyFor(issue) },
  ];
}

function explainKey(issue: Issue, key: string): Problem {
  return {
    path: renderPath([...issue.path, key]),
    problem: 'is not a known key',
    allowed: issue.message,
    remedy: 'Remove it, or correct its spelling',
  };
}

function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `a value of type ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((value) => String(value)).join(', ');
    case 'too_small':
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
}

function remedyFor(issue: Issue): string {
  if (issue.code === 'custom' && typeof issue.params?.remedy === 'string') return issue.params.remedy;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof issue.input === 'number') {
    return 'Put it in quotes';
  }
  return 'Change it to an allowed value';
}

function show(input: unknown): string {
  const text = jsonOf(input);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What is nested so deep that it can't be written has but its kind. */
function jsonOf(input: unknown): string {
  try {
    return JSON.stringify(input) ?? String(input);
  } catch {
    return Array.isArray(input) ? 'this list' : 'this object';
  }
}

function renderPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (rendered, part) =>
      typeof part === 'number' ? `${rendered}[${part}]` : `${rendered}${rendered && '.'}${String(part)}`,
    '',
  );
}
