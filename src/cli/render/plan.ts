import { listNames, type RolloutBounds } from '../../rollout/bounds.js';
import { formatDuration } from '../../rollout/duration.js';
import { describeChange, type MetadataOptions } from '../../rollout/options.js';
import { describeOutcome } from '../../rollout/outcome.js';
import { countTargets, type Plan, type PlannedStage, type SettledInstance } from '../../rollout/plan.js';
import { scopeOf, scopesOf } from '../../rollout/scope.js';
import { countOf } from '../../rollout/status.js';
import type { Screen } from '../output.js';
import { cleanLine } from './clean.js';
import { columns, wrap } from './columns.js';
import { labelIn } from './label.js';

interface PlannedInstance {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
}

/** What `plan --json` prints. */
export interface PlanJson {
  readonly name: string;
  /** Covers targets, stages and spec, not the time. */
  readonly hash: string;
  /** The part of the plan that a start from it is held to. */
  readonly bounds: RolloutBounds;
  readonly counts: {
    readonly instances: number;
    readonly changes: number;
    readonly compliant: number;
    readonly skipped: number;
    readonly blocked: number;
  };
  readonly stages: readonly {
    readonly name: string;
    readonly bakeMs: number;
    readonly concurrency: number;
    readonly targets: readonly (PlannedInstance & {
      readonly before: MetadataOptions;
      readonly desired: MetadataOptions;
    })[];
  }[];
  /** Instances of the selection that are in no stage. */
  readonly settled: readonly (PlannedInstance & { readonly outcome: string; readonly detail?: string })[];
  /** Instances that are in a stage only because `evidence.allow` names them. */
  readonly allowed: readonly (PlannedInstance & { readonly detail: string })[];
  readonly warnings: readonly string[];
}

export function describePlan(name: string, plan: Plan, bounds: RolloutBounds): PlanJson {
  const having = (kind: SettledInstance['outcome']['kind']) =>
    plan.settled.filter(({ outcome }) => outcome.kind === kind).length;
  const changes = countTargets(plan);
  return {
    name,
    hash: plan.hash,
    bounds,
    counts: {
      instances: changes + plan.settled.length,
      changes,
      compliant: having('compliant'),
      skipped: having('skipped'),
      blocked: having('blocked'),
    },
    stages: plan.stages.map((stage) => ({
      name: stage.name,
      bakeMs: stage.bake,
      concurrency: stage.concurrency,
      targets: stage.targets.map(({ arn, name, before, desired }) => ({ ...locateArn(arn, name), before, desired })),
    })),
    settled: plan.settled.map(({ arn, name, outcome, detail }) => ({
      ...locateArn(arn, name),
      outcome: describeOutcome(outcome),
      ...(detail !== undefined && { detail }),
    })),
    allowed: plan.allowed.map(({ arn, name, detail }) => ({ ...locateArn(arn, name), detail })),
    warnings: plan.warnings,
  };
}

function locateArn(arn: string, name: string): PlannedInstance {
  return { ...scopeOf(arn), name, arn };
}

/** The difference of every instance, stage by stage; then those that are left alone, and why. */
export function renderPlan(screen: Screen, name: string, plan: Plan, endpoint: string | undefined): string[] {
  const { paint, width } = screen;
  const label = labelIn(instancesOf(plan));
  return [
    ...renderPlanHead(screen, name, plan),
    ...(endpoint ? [paint.dim(`  read from ${cleanLine(endpoint)} (AWS_ENDPOINT_URL_LIGHTSAIL)`)] : []),
    ...plan.stages.filter(({ targets }) => targets.length > 0).flatMap((stage) => renderStage(screen, stage, label)),
    ...renderAllowed(screen, plan.allowed, label),
    ...renderLeftAlone(screen, plan.settled, label),
    ...renderWarnings(screen, plan.warnings),
    '',
    ...wrap(paint.dim(`Plan hash ${plan.hash}`), width),
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
    paint.bold(`Plan of ${name}: ${said}`),
    ...(arns.length === 0
      ? []
      : wrap(`  account ${[...accounts].join(', ')}; ${[...regions].join(', ')}`, width, '    ')),
  ];
}

/** All of the selection. */
export function instancesOf({ stages, settled }: PlanOutline): readonly { readonly arn: string }[] {
  return [...settled, ...stages.flatMap(({ targets }) => targets)];
}

type Label = ReturnType<typeof labelIn>;

function renderStage({ paint, width }: Screen, stage: PlannedStage, label: Label): string[] {
  const bake = stage.bake > 0 ? `, then a bake of ${formatDuration(stage.bake)}` : '';
  return [
    '',
    `${paint.cyan(stage.name)}  ${countOf(stage.targets.length, 'instance')}, ${stage.concurrency} at a time${bake}`,
    ...columns(
      stage.targets.map((target) => [
        label(target),
        describeChange(target.before, target.desired),
        target.stopped ? '(stopped)' : '',
      ]),
      width,
    ),
  ];
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
        describeOutcome(instance.outcome),
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
