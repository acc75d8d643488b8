import { z } from 'zod';
import { type Problem, suggest } from './problem.js';
import { nameText } from './selector-fields.js';
import type { RolloutSpec } from './spec.js';
import { strict } from './spec-fields.js';
import { describeIssue, problemsOf } from './spec-problems.js';
import { countOf } from './status.js';

/** Holds one start of a rollout to a part of its plan: the workflow's second argument, so that the spec stays as it is. */
export interface RolloutBounds {
  /** Only the plan with this hash is carried out; the fleet may have changed since somebody looked at it. */
  readonly planHash?: string;
  /** Only these instances, by `name`, `region/name` or `account/region/name`, no globs. They are dealt to the stages as if there were no others. */
  readonly only?: readonly string[];
  /** At most so many instances, the first ones of the first stages. */
  readonly limit?: number;
  /** Name of the last stage that is started. */
  readonly until?: string;
}

export type BoundsCheck =
  | { readonly ok: true; readonly bounds: RolloutBounds }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks the bounds of a start; left out, there are none.
 *
 * @example parseBounds({ until: 'canary' }, spec)
 */
export function parseBounds(input: unknown, { stages }: Pick<RolloutSpec, 'stages'>): BoundsCheck {
  const names = stages.map(({ name }) => name);
  const schema = z.object({ bounds: boundsOver(names) });
  const result = schema.safeParse({ bounds: input ?? {} }, { error: describeIssue, reportInput: false });
  if (result.success) return { ok: true, bounds: result.data.bounds };
  return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
}

function boundsOver(stages: readonly string[]) {
  return strict({
    planHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be the hash of a plan, as `plan` prints it')
      .exactOptional(),
    only: z.array(nameText).min(1).exactOptional(),
    limit: z.int().min(1).exactOptional(),
    until: z
      .string()
      .refine((name) => stages.includes(name), { error: ({ input }) => refuseStage(String(input), stages) })
      .exactOptional(),
  });
}

function refuseStage(name: string, stages: readonly string[]): string {
  const near = suggest(name, stages);
  const hint = near === undefined ? '.' : `, did you mean "${near}"?`;
  return `must be a stage of the spec${hint} Known here: ${stages.join(', ')}`;
}

/** Names that are shown of a list that may be thousands long. */
const SHOWN_NAMES = 5;

/** @example listNames(['a', 'b']) // 'a, b' */
export function listNames(names: readonly string[]): string {
  const more = names.length - SHOWN_NAMES;
  return `${names.slice(0, SHOWN_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The bounds in words; none where there are none. @example describeBounds({ limit: 2 }) // ['at most 2 instances'] */
export function describeBounds({ only, limit, until, planHash }: RolloutBounds): string[] {
  return [
    ...(only === undefined ? [] : [`only ${listNames(only)}`]),
    ...(limit === undefined ? [] : [`at most ${countOf(limit, 'instance')}`]),
    ...(until === undefined ? [] : [`up to stage ${until}`]),
    ...(planHash === undefined ? [] : [`no other plan than ${planHash}`]),
  ];
}
