import type { FleetInstance } from '../../rollout/instance.js';
import { type MetadataOptions, restoreOptions } from '../../rollout/options.js';
import { describeOutcome, type RestoreResult, type SentUpdate } from '../../rollout/outcome.js';
import type { Plan } from '../../rollout/plan.js';
import { askedOptions } from '../../rollout/planner.js';
import { scopeOf } from '../../rollout/scope.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import type { RolloutResult } from '../../rollout/status.js';
import { type Target, targetNames } from '../../rollout/target.js';
import { verifyTarget } from '../../rollout/verify.js';
import { type Done, type FactsByArn, optionsAfter, type TargetFacts } from './batch-facts.js';
import type { HealthBook } from './health-facts.js';
import type { ReportInstance, ReportUpdate, ReportUse } from './report.js';
import type { readReverts } from './run-events.js';

/** All that the histories of a rollout say of its instances. */
export interface InstanceSources {
  readonly spec: RolloutSpec;
  readonly plan: Plan;
  readonly facts: FactsByArn;
  readonly fleet: ReadonlyMap<string, FleetInstance>;
  readonly uses: ReadonlyMap<string, { readonly use: ReportUse }>;
  readonly health: HealthBook;
  readonly reverts: Awaited<ReturnType<typeof readReverts>>;
  /** What the last sweep has read; missing where there was none. */
  readonly sweep?: ReadonlyMap<string, FleetInstance>;
  /** Why a target was left alone when its turn came, by ARN: its evidence had turned against it. */
  readonly evidence: ReadonlyMap<string, string>;
  readonly result?: RolloutResult;
  readonly isOpen: boolean;
}

interface Verdict {
  readonly outcome: string;
  readonly reason: string | null;
  /** As it was read back, where it was. */
  readonly after: MetadataOptions | null;
}

/** A row for each instance of the selection, by account, region and name. */
export function listInstances(sources: InstanceSources): ReportInstance[] {
  const { plan, facts, spec, fleet, uses, health } = sources;
  const recorded = new Map(sources.result?.exceptions.map((entry) => [entry.arn, entry]));
  const namesakes = new Map([...(sources.sweep?.values() ?? [])].map((found) => [nameKey(found), found]));
  const rows: ReportInstance[] = [];
  const targets = new Map(
    plan.stages.flatMap(({ name, targets }) => targets.map((target) => [target.arn, { name, target }])),
  );
  // What a batch had is a target as it had it, whatever plan this version would make, and whatever a run found that was
  // reset: in mid-change it reads the values that an earlier run has just written.
  for (const { stage, target } of facts.values()) {
    targets.set(target.arn, { name: targets.get(target.arn)?.name ?? stage, target });
  }
  for (const { name: stage, target } of targets.values()) {
    const known = facts.get(target.arn);
    const verdict = judge(target, known, sources, namesakes);
    const restore = known?.restore?.result;
    const entry = recorded.get(target.arn);
    const [outcome = verdict.outcome, restored] = entry?.outcome.split(', ') ?? [];
    const says = entry === undefined ? verdict.reason : entry.reason || null;
    rows.push({
      ...placeOf(target),
      stage,
      before: target.before,
      wanted: target.desired,
      after: verdict.after,
      outcome,
      reason: says,
      settledAt: isoOf(known?.apply?.settledAt),
      update: updateOf(known?.apply, known?.result?.wrote),
      restore: restoreOf(known?.restore, restored),
      downgraded: restore?.downgraded === true,
      tokenless: uses.get(target.arn)?.use ?? null,
      health: health.tell(target.arn, known?.result?.wrote ?? known?.apply !== undefined, known?.apply?.settledAt),
    });
  }
  for (const settled of plan.settled) {
    if (targets.has(settled.arn)) continue;
    const instance = fleet.get(settled.arn);
    rows.push({
      ...placeOf(settled),
      stage: null,
      before: instance?.options ?? null,
      wanted: instance === undefined ? null : askedOptions(spec, instance),
      after: null,
      outcome: describeOutcome(settled.outcome),
      reason: settled.detail ?? null,
      settledAt: null,
      update: null,
      restore: null,
      downgraded: false,
      tokenless: uses.get(settled.arn)?.use ?? null,
      health: null,
    });
  }
  return sortRows(rows);
}

const collator = new Intl.Collator('en', { numeric: true });

/** web-2 stands before web-10. */
export function sortRows(rows: readonly ReportInstance[]): ReportInstance[] {
  return rows.toSorted(
    (a, b) =>
      collator.compare(a.account, b.account) ||
      collator.compare(a.region, b.region) ||
      collator.compare(a.name, b.name) ||
      collator.compare(a.arn, b.arn),
  );
}

export function placeOf({ arn, name }: Pick<Target, 'arn' | 'name'>) {
  return { ...scopeOf(arn), name, arn };
}

function judge(
  target: Target,
  known: TargetFacts | undefined,
  sources: InstanceSources,
  namesakes: ReadonlyMap<string, FleetInstance>,
): Verdict {
  const result = known?.result;
  if (known === undefined || result === undefined) return unresolved(target, known, sources);
  const decided = { outcome: describeOutcome(result.outcome), reason: result.detail ?? null };
  const back = known.restore?.result?.outcome.kind === 'restored' ? restoredOptions(known) : undefined;
  if (result.outcome.kind !== 'changed') {
    const wasApplied =
      result.wrote && (decided.outcome === 'failed(unhealthy)' || decided.outcome === 'failed(operator)');
    return { ...decided, after: back ?? (wasApplied && known.restore === undefined ? optionsAfter(target) : null) };
  }
  const { sweep } = sources;
  if (sweep !== undefined && known.restore === undefined) {
    const finding = verifyTarget(target, sweep.get(target.arn), namesakes.get(nameKey(placeOf(target))));
    if (finding !== undefined)
      return {
        outcome: describeOutcome(finding.outcome),
        reason: finding.detail,
        after: sweep.get(target.arn)?.options ?? null,
      };
  }
  const after = back ?? (known.restore === undefined ? optionsAfter(target) : null);
  return { ...(orderedBack(target, known, sources) ?? decided), after };
}

/** Taken back by the rollout itself, after its batch had closed: that stands in no result of a batch. */
function orderedBack(
  target: Target,
  known: TargetFacts,
  { health, reverts }: InstanceSources,
): Pick<Verdict, 'outcome' | 'reason'> | undefined {
  const seen = health.of(target.arn);
  const settledAt = known.apply?.settledAt ?? 0;
  if (seen?.after === 'fail' && seen.failedAt !== undefined && seen.failedAt >= settledAt)
    return { outcome: 'failed(unhealthy)', reason: seen.reason };
  const names = [...targetNames(target), target.arn];
  const revert = reverts.find(({ wanted }) => names.some((name) => wanted.has(name)));
  if (revert === undefined) return undefined;
  const reason = `is taken back${revert.by ? ` by ${revert.by}` : ''}${revert.reason ? `: ${revert.reason}` : ''}`;
  return { outcome: revert.counts ? 'failed(operator)' : 'changed', reason };
}

/** What there is to say of a target that has no result. */
function unresolved(target: Target, known: TargetFacts | undefined, sources: InstanceSources): Verdict {
  const after = known?.restore?.result?.outcome.kind === 'restored' ? restoredOptions(known) : null;
  if (known?.apply?.isOpen === true) {
    return sources.isOpen
      ? { outcome: 'in flight', reason: null, after }
      : { outcome: 'may be changed', reason: 'its change was under way when the run was cut off', after };
  }
  if (known === undefined) {
    const evidence = sources.evidence.get(target.arn);
    if (evidence !== undefined) return { outcome: 'blocked(evidence)', reason: evidence, after };
    const seen = sources.health.of(target.arn);
    if (seen?.failedBefore) return { outcome: 'blocked(unhealthy)', reason: seen.reason, after };
  }
  return { outcome: 'not started', reason: null, after };
}

function restoredOptions({ target, keepTokens }: TargetFacts): MetadataOptions {
  return { ...target.before, ...restoreOptions(target.before, target.desired, keepTokens) };
}

/** @param wrote - false: it is certain that none was sent */
function updateOf(done: Done | undefined, wrote: boolean | undefined): ReportUpdate | null {
  if (done === undefined || wrote === false) return null;
  const { sent, settledAt } = done;
  return sent === undefined && settledAt === undefined ? null : sentOf(sent);
}

export function restoreOf(
  done: (Done & { readonly result?: RestoreResult }) | undefined,
  recorded: string | undefined,
): ReportInstance['restore'] {
  const outcome = recorded ?? done?.result?.outcome.kind ?? (done?.isOpen ? 'in flight' : undefined);
  if (outcome === undefined) return null;
  return { outcome, ...sentOf(done?.sent), settledAt: isoOf(done?.settledAt) };
}

function sentOf(sent: SentUpdate | undefined): ReportUpdate {
  return { requestId: sent?.[0] ?? null, sentAt: isoOf(sent?.[1]) };
}

export function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function nameKey({ account, region, name }: Pick<FleetInstance, 'account' | 'region' | 'name'>): string {
  return `${account}/${region}/${name}`;
}
