import type { Problem } from './problem.js';
import type { RolloutSpec } from './spec.js';

/** What a spec asks for that needs a person, where a schedule starts it and nobody is there. */
export function unattendedProblems({ stages }: Pick<RolloutSpec, 'stages'>): Problem[] {
  return stages.flatMap(({ name, approval }, index) =>
    approval === undefined
      ? []
      : [
          {
            path: `stages[${index}].approval`,
            message: `nobody is there to approve stage ${name} of a scheduled rollout, and the next ones would wait behind it: leave it out, and let a bake and the budget guard the stage`,
          },
        ],
  );
}

/** What is right today, and will stop a schedule some day. */
export function unattendedWarnings({ exceptions }: Pick<RolloutSpec, 'exceptions'>): string[] {
  const ends = exceptions.flatMap(({ names, until }) => (until === undefined ? [] : [{ names, until }]));
  const [first] = ends.toSorted((a, b) => (a.until < b.until ? -1 : 1));
  if (first === undefined) return [];
  const { names, until } = first;
  return [
    `the waiver of ${names.join(', ')} ends on ${until}: every run after that day is refused, and the first one pauses the schedule. Renew it before, or leave until out`,
  ];
}
