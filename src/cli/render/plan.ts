import { listNames } from '../../rollout/bounds.js';
import { cleanLine } from '../../rollout/clean.js';
import { formatDuration } from '../../rollout/duration.js';
import { describeChange } from '../../rollout/options.js';
import { describeOutcome } from '../../rollout/outcome.js';
import { countTargets, type Plan, type PlannedStage, type SettledInstance } from '../../rollout/plan.js';
import { type Scope, scopeKey, scopeOf, scopesOf } from '../../rollout/scope.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import { countOf } from '../../rollout/status.js';
import type { Target } from '../../rollout/target.js';
import type { Screen } from '../output.js';
import { sharesByEnd } from '../plan-json.js';
import { columns, wrap } from './columns.js';
import { labelIn } from './label.js';
import { describeBudget, describeUncovered, formatShare, ONE_WRITER } from './plan-terms.js';

/** The difference of every instance, stage by stage; then those that are left alone, and why. */
export function renderPlan(screen: Screen, spec: RolloutSpec, plan: Plan, endpoint: string | undefined): string[] {
  const { paint, width } = screen;
  const label = labelIn(instancesOf(plan));
  return [
    ...renderPlanHead(screen, spec.name, plan),
    ...(endpoint ? [paint.dim(`  read from ${cleanLine(endpoint)} (AWS_ENDPOINT_URL_LIGHTSAIL)`)] : []),
    ...renderStages(screen, plan, label),
    ...renderAllowed(screen, plan.allowed, label),
    ...renderLeftAlone(screen, plan.settled, label),
    ...renderWarnings(screen, plan.warnings),
    '',
    ...renderTerms(width, spec, plan),
    '',
    ...wrap(paint.dim(`Plan hash ${cleanLine(plan.hash)}`), width),
  ];
}

/** What a plan and a file of one have in common. */
export interface PlanOutline {
  readonly stages: readonly { readonly name: string; readonly targets: readonly { readonly arn: string }[] }[];
  readonly settled: readonly { readonly arn: string }[];
}

/** @example 'Plan of prod: 38 changes over 40 instances in 1 account, 3 regions' */
export function renderPlanHead({ paint, width }: Screen, name: string, plan: PlanOutline): string[] {
  const arns = instancesOf(plan).map(({ arn }) => arn);
  const scopes = scopesOf(arns);
  const regions = new Set(scopes.map(({ region }) => region));
  const accounts = new Set(scopes.map(({ account }) => account));
  const changes = countTargets(plan);
  const over = `${countOf(arns.length, 'instance')} in ${countOf(regions.size, 'region')}`;
  const said = changes === 0 ? `nothing needs a change, over ${over}` : `${countOf(changes, 'change')} over ${over}`;
  return [
    paint.bold(`Plan of ${cleanLine(name)}: ${said}`),
    ...(arns.length === 0 ? [] : wrap(cleanPlaces(accounts, regions), width, '    ')),
  ];
}

function cleanPlaces(accounts: ReadonlySet<string>, regions: ReadonlySet<string>): string {
  return `  ${cleanLine(`account ${[...accounts].join(', ')}; ${[...regions].join(', ')}`)}`;
}

/** All of the selection. */
export function instancesOf({ stages, settled }: PlanOutline): readonly { readonly arn: string }[] {
  return [...settled, ...stages.flatMap(({ targets }) => targets)];
}

type Label = ReturnType<typeof labelIn>;

function renderStages(screen: Screen, plan: Plan, label: Label): string[] {
  const shares = sharesByEnd(plan);
  const scopes = scopesOf(plan.stages.flatMap(({ targets }) => targets.map(({ arn }) => arn)));
  const named = nameScopes(scopes);
  return plan.stages.flatMap((stage, index) => {
    if (stage.targets.length === 0) return [];
    const rows =
      scopes.length > 1
        ? renderByScope(screen, stage.targets, label, named)
        : renderTargets(screen, stage.targets, label);
    return ['', ...renderStageHead(screen, stage, shares[index] ?? 0), ...rows];
  });
}

function renderStageHead({ paint, width }: Screen, stage: PlannedStage, share: number): string[] {
  const { name, targets, approval, concurrency, bake } = stage;
  const parts = [
    countOf(targets.length, 'instance'),
    ...(approval === undefined ? [] : ['waits for approval']),
    `${concurrency} at a time`,
    ...(bake > 0 ? [`then a bake of ${formatDuration(bake)}`] : []),
  ];
  return wrap(
    `${paint.cyan(cleanLine(name))}  ${parts.join(', ')}; ${formatShare(share)} of all by its end`,
    width,
    '  ',
  );
}

/** By the region alone where there is one account. */
function nameScopes(scopes: readonly Scope[]): (scope: Scope) => string {
  const isOne = scopes.every(({ account }) => account === scopes[0]?.account);
  return ({ account, region }) => cleanLine(isOne ? region : `${account}/${region}`);
}

/** The same account and region together, which is how a person reads a fleet. */
function renderByScope(
  screen: Screen,
  targets: readonly Target[],
  label: Label,
  named: (scope: Scope) => string,
): string[] {
  return scopesOf(targets.map(({ arn }) => arn)).flatMap((scope) => {
    const key = scopeKey(scope);
    const group = targets.filter(({ arn }) => scopeKey(scopeOf(arn)) === key);
    const heading = screen.paint.dim(`  ${named(scope)}  ${countOf(group.length, 'instance')}`);
    return [heading, ...renderTargets(screen, group, label, '    ')];
  });
}

function renderTargets({ width }: Screen, targets: readonly Target[], label: Label, indent?: string): string[] {
  const rows = targets.map((target) => [
    label(target),
    describeChange(target.before, target.desired),
    target.stopped ? '(stopped)' : '',
  ]);
  return columns(rows, width, indent);
}

/** What a person should know of the plan as a whole before it is started: none where nothing is changed. */
export function renderTerms(width: number, { failure }: RolloutSpec, plan: Plan): string[] {
  if (countTargets(plan) === 0) return [];
  return [...describeUncovered(plan), describeBudget(failure), ONE_WRITER].flatMap((line) =>
    wrap(cleanLine(line), width, '  '),
  );
}

/** Instances that are in no stage: those to name each, and those of which a count says it all. */
export interface SetAside {
  readonly compliant: number;
  /** How many are left out, by the bound that does it: most of the fleet, as a rule. */
  readonly leftOut: ReadonlyMap<string, number>;
  readonly named: readonly SettledInstance[];
}

export function setAside(settled: readonly SettledInstance[]): SetAside {
  const leftOut = new Map<string, number>();
  const named: SettledInstance[] = [];
  let compliant = 0;
  for (const instance of settled) {
    const { outcome, detail = '' } = instance;
    if (outcome.kind === 'compliant') compliant += 1;
    else if ('reason' in outcome && outcome.reason === 'left-out') leftOut.set(detail, (leftOut.get(detail) ?? 0) + 1);
    else named.push(instance);
  }
  return { compliant, leftOut, named };
}

function renderAllowed({ paint, width }: Screen, allowed: Plan['allowed'], label: Label): string[] {
  if (allowed.length === 0) return [];
  return [
    '',
    `${paint.yellow('allowed')}  ${countOf(allowed.length, 'instance')} in these stages by evidence.allow`,
    ...columns(
      allowed.map((instance) => [label(instance), cleanLine(instance.detail)]),
      width,
    ),
  ];
}

function renderLeftAlone({ paint, width }: Screen, settled: readonly SettledInstance[], label: Label): string[] {
  if (settled.length === 0) return [];
  return [
    '',
    `${paint.cyan('left alone')}  ${countOf(settled.length, 'instance')}`,
    ...renderSetAside(width, settled),
    ...columns(
      setAside(settled).named.map((instance) => [
        label(instance),
        cleanLine(describeOutcome(instance.outcome)),
        cleanLine(instance.detail ?? ''),
      ]),
      width,
    ),
  ];
}

/** The counts of {@link setAside}. */
export function renderSetAside(width: number, settled: readonly SettledInstance[]): string[] {
  const { compliant, leftOut } = setAside(settled);
  return [
    ...(compliant > 0 ? [`  ${countOf(compliant, 'instance')} already as asked`] : []),
    ...[...leftOut].flatMap(([why, count]) =>
      wrap(`  ${countOf(count, 'instance')} left out: ${cleanLine(why)}`, width, '    '),
    ),
  ];
}

/** What the evidence has decided, in short. */
export function renderEvidence(width: number, { settled, allowed }: Pick<Plan, 'settled' | 'allowed'>): string[] {
  const blocked = settled.filter(({ outcome }) => outcome.kind === 'blocked' && outcome.reason === 'evidence');
  const lists = [
    { what: 'left alone by evidence', instances: blocked },
    { what: 'in these stages by evidence.allow', instances: allowed },
  ];
  return lists.flatMap(({ what, instances }) => {
    if (instances.length === 0) return [];
    const names = listNames(instances.map(labelIn([...settled, ...allowed])));
    return wrap(`  ${countOf(instances.length, 'instance')} ${what}: ${names}`, width, '    ');
  });
}

export function renderWarnings({ paint, width }: Screen, warnings: readonly string[]): string[] {
  if (warnings.length === 0) return [];
  return ['', ...warnings.flatMap((warning) => wrap(`${paint.yellow('!')} ${cleanLine(warning)}`, width, '  '))];
}
