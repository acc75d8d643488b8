import { z } from 'zod';
import { IPV6_REGION, type MetadataOptions } from './options.js';
import { formatPath, type Problem } from './problem.js';
import { specSchema } from './spec-schema.js';

/** A spec as people write it, in YAML or JSON: durations and sizes as text, defaults left out. The workflow's one argument. */
export type RolloutSpecInput = z.input<typeof specSchema>;

/** A checked spec: durations in milliseconds, sizes and allowances taken apart, every default filled in. */
export type RolloutSpec = z.output<typeof specSchema>;

export type StageSpec = RolloutSpec['stages'][number];

export type SpecCheck =
  | { readonly ok: true; readonly spec: RolloutSpec }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks a spec: the same check runs in `validate`, in the client and in the workflow.
 *
 * @param today - ISO date (`2026-11-25`): a waiver whose `until` is before it is refused.
 * @example parseSpec({ name: 'require-imdsv2', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } }, '2026-11-25')
 */
export function parseSpec(input: unknown, today: string): SpecCheck {
  const result = specSchema.safeParse(input ?? undefined, { reportInput: false });
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
  return z.toJSONSchema(specSchema, { io: 'input', unrepresentable: 'any' });
}

/** All options that some target may be asked for: the spec's own, and each override merged over them. */
export function askedVariants(spec: Pick<RolloutSpec, 'options' | 'overrides'>): MetadataOptions[] {
  return [spec.options, ...spec.overrides.map((override) => ({ ...spec.options, ...override.options }))];
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.toSorted((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0];
    const inner = nearest?.filter((error) => error.path.length > 0) ?? [];
    if (inner.length > 0)
      return inner.flatMap((error) => problemsOf({ ...error, path: [...issue.path, ...error.path] }));
    const said = issue.errors.flat().find((error) => error.code !== 'invalid_type');
    return [{ path: formatPath(issue.path), message: said?.message ?? issue.message }];
  }
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({
      path: formatPath([...issue.path, key]),
      message: messages[index] ?? issue.message,
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [
    { path: formatPath(issue.path), message: missing ? `is missing: give ${article(issue.expected)}` : issue.message },
  ];
}

function article(expected: string): string {
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function crossFieldProblems(spec: RolloutSpec): Problem[] {
  return [...stageProblems(spec), ...ipv6Problems(spec), ...regionProblems(spec)];
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

function ipv6Problems(spec: RolloutSpec): Problem[] {
  const asksForIpv6 = askedVariants(spec).some((asked) => asked.httpProtocolIpv6 !== undefined);
  const { regions } = spec.targets;
  if (!asksForIpv6 || (regions.length === 1 && regions[0] === IPV6_REGION)) return [];
  return [
    {
      path: 'options.httpProtocolIpv6',
      message: `exists in ${IPV6_REGION} only: targets.regions must be exactly [${IPV6_REGION}], in a spec of its own`,
    },
  ];
}

function regionProblems({ targets: { regions } }: RolloutSpec): Problem[] {
  const twice = regions.find((region, index) => regions.indexOf(region) < index);
  return twice === undefined ? [] : [{ path: 'targets.regions', message: `${twice} is named twice` }];
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
