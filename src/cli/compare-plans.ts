import { listNames } from '../rollout/bounds.js';
import { BY_EVIDENCE, hashOf } from '../rollout/plan.js';
import { countOf } from '../rollout/status.js';
import { targetLabel } from '../rollout/target.js';

interface ComparedInstance {
  readonly arn: string;
  readonly account: string;
  readonly name: string;
}

/** What `plan --json` prints and what `plan -o` has kept, as far as it is compared. */
interface ComparedPlan {
  readonly hash: string;
  readonly stages: readonly {
    readonly name: string;
    readonly targets: readonly (ComparedInstance & { readonly before: unknown; readonly desired: unknown })[];
  }[];
  readonly settled: readonly (ComparedInstance & { readonly outcome: string; readonly detail?: string })[];
}

interface Entry {
  readonly label: string;
  /** What is said of the instance. */
  readonly said: string;
}

/**
 * In which way the plan of now differs from one that was kept, for a person.
 *
 * @returns undefined where it is the same
 * @example describeDifference(kept, now) // '2 targets more (us-east-1/web-7, us-east-1/web-8)'
 */
export function describeDifference(kept: ComparedPlan, now: ComparedPlan): string | undefined {
  if (kept.hash === now.hash) return undefined;
  const targets = compare(targetsOf(kept), targetsOf(now), 'target');
  if (targets.length > 0) return targets.join('; ');
  const leftAlone = compare(settledOf(kept), settledOf(now), 'instance');
  return leftAlone.length > 0
    ? `the targets are the same, but of those that are left alone ${leftAlone.join('; ')}`
    : 'the instances are the same, but the spec has changed';
}

/** Where the instances of a plan are. */
export function accountsOf({ stages, settled }: Pick<ComparedPlan, 'stages' | 'settled'>): string[] {
  return [...new Set([...settled, ...stages.flatMap(({ targets }) => targets)].map(({ account }) => account))];
}

function compare(kept: ReadonlyMap<string, Entry>, now: ReadonlyMap<string, Entry>, noun: string): string[] {
  const more = [...now].filter(([arn]) => !kept.has(arn));
  const fewer = [...kept].filter(([arn]) => !now.has(arn));
  const changed = [...now].filter(([arn, { said }]) => said !== (kept.get(arn)?.said ?? said));
  return [
    ...countEntries(more, noun, 'more'),
    ...countEntries(fewer, noun, 'fewer'),
    ...countEntries(changed, noun, 'changed'),
  ];
}

function countEntries(entries: readonly (readonly [string, Entry])[], noun: string, how: string): string[] {
  if (entries.length === 0) return [];
  return [`${countOf(entries.length, noun)} ${how} (${listNames(entries.map(([, { label }]) => label))})`];
}

function targetsOf({ stages }: ComparedPlan): Map<string, Entry> {
  return new Map(
    stages.flatMap(({ name: stage, targets }) =>
      targets.map((target) => {
        const { before, desired } = target;
        return [target.arn, { label: targetLabel(target), said: hashOf({ stage, before, desired }) }] as const;
      }),
    ),
  );
}

function settledOf({ settled }: ComparedPlan): Map<string, Entry> {
  return new Map(
    settled.map((instance) => {
      const { outcome, detail } = instance;
      // Its counts and times move from one reading to the next; the hash doesn't cover them either.
      const said = outcome === BY_EVIDENCE ? hashOf({ outcome }) : hashOf({ outcome, detail });
      return [instance.arn, { label: targetLabel(instance), said }] as const;
    }),
  );
}
