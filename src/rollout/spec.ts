import { z } from 'zod';
import { IPV6_REGION } from './options.js';
import type { Problem } from './problem.js';
import { regionProblem } from './regions.js';
import { describeIssue, problemsOf } from './spec-problems.js';
import { specSchema } from './spec-schema.js';

/**
 * A spec as people write it, in YAML or JSON: durations and sizes as text, defaults left out. The workflow's first argument.
 * What each field means is in docs/spec.md.
 */
export interface RolloutSpecInput extends z.input<typeof specSchema> {}

/** A checked spec: durations in milliseconds, sizes and allowances taken apart, every default filled in. */
export interface RolloutSpec extends z.output<typeof specSchema> {}

export type StageSpec = RolloutSpec['stages'][number];

/** What a check of a spec says: the spec with every default, or all that is wrong with it. */
export type SpecCheck =
  | { readonly ok: true; readonly spec: RolloutSpec }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks a spec: the same check runs in `validate`, in the client and in the workflow. Throws nothing.
 *
 * @param today - ISO date (`2026-11-25`): a waiver whose `until` is before it is refused.
 * @example parseSpec({ name: 'require-imdsv2', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } }, '2026-11-25')
 */
export function parseSpec(input: unknown, today: string): SpecCheck {
  const result = specSchema.safeParse(input, { error: describeIssue, reportInput: false });
  if (!result.success) {
    return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
  }
  const problems = [...crossFieldProblems(result.data), ...waiverProblems(result.data, today)];
  return problems.length === 0 ? { ok: true, spec: result.data } : { ok: false, problems };
}

/** One line a problem: where, and what to do about it. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n');
}

/** The JSON Schema of a spec, for editors. */
export function specJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(specSchema, { io: 'input', unrepresentable: 'any' });
  return {
    $schema,
    title: 'Rollout spec of lightsail-imds-rollout',
    description: 'Which metadata options to change on which Lightsail instances, in which stages, and when to go back.',
    ...schema,
  };
}

function crossFieldProblems(spec: RolloutSpec): Problem[] {
  return [...stageProblems(spec), ...ipv6Problems(spec), ...scopeProblems(spec), ...regionProblems(spec)];
}

function stageProblems({ stages }: RolloutSpec): Problem[] {
  const problems: Problem[] = [];
  const last = stages.length - 1;
  stages.forEach((stage, index) => {
    if (stages.findIndex((other) => other.name === stage.name) < index) {
      problems.push({
        path: `stages[${index}].name`,
        message: `"${stage.name}" is used twice; every stage needs a name of its own`,
      });
    }
    if (stage.size.kind === 'rest' && index < last) {
      problems.push({
        path: `stages[${index}].size`,
        message: 'rest takes all that is left, so it must be the last stage',
      });
    }
    if (stage.size.kind === 'rest' && stage.match !== undefined) {
      problems.push({
        path: `stages[${index}].match`,
        message: 'the last stage takes all that is left, so it can have no match',
      });
    }
  });
  if (stages[last]?.size.kind !== 'rest') {
    problems.push({
      path: `stages[${last}].size`,
      message: 'the last stage must have size: rest, so that no target is left out',
    });
  }
  return problems;
}

function ipv6Problems({ options, overrides, targets: { regions } }: RolloutSpec): Problem[] {
  if (regions !== 'all' && regions.length === 1 && regions[0] === IPV6_REGION) return [];
  const asking = [
    { path: 'options', options },
    ...overrides.map((override, index) => ({ path: `overrides[${index}].options`, options: override.options })),
  ];
  return asking.flatMap(({ path, options: { httpProtocolIpv6 } }) =>
    httpProtocolIpv6 === undefined
      ? []
      : [
          {
            path: `${path}.httpProtocolIpv6`,
            message: `exists in ${IPV6_REGION} only: targets.regions must be exactly [${IPV6_REGION}], in a spec of its own`,
          },
        ],
  );
}

function scopeProblems({ targets: { accounts = [], regions } }: RolloutSpec): Problem[] {
  return Object.entries({ accounts, regions: regions === 'all' ? [] : regions }).flatMap(([field, names]) => {
    const twice = names.find((name, index) => names.indexOf(name) < index);
    return twice === undefined ? [] : [{ path: `targets.${field}`, message: `${twice} is named twice` }];
  });
}

function regionProblems({ targets: { regions, unknownRegions } }: RolloutSpec): Problem[] {
  if (regions === 'all' || unknownRegions === 'allow') return [];
  return regions.flatMap((region, index) => {
    const message = regionProblem(region);
    return message === undefined ? [] : [{ path: `targets.regions[${index}]`, message }];
  });
}

function waiverProblems(spec: RolloutSpec, today: string): Problem[] {
  return spec.exceptions.flatMap(({ names, until }, index) =>
    until === undefined || until >= today
      ? []
      : [
          {
            path: `exceptions[${index}].until`,
            message: `the waiver of ${names.join(', ')} ended on ${until}: renew it or take it out`,
          },
        ],
  );
}
