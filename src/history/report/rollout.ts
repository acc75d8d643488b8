import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { parseBounds, type RolloutBounds } from '../../rollout/bounds.js';
import { judgeUse } from '../../rollout/evidence.js';
import { passOver } from '../../rollout/pass-over.js';
import { countTargets, NO_PLAN, type Plan } from '../../rollout/plan.js';
import { isSelected } from '../../rollout/selector.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import { countOf, type RolloutResult } from '../../rollout/status.js';
import { undoLog } from '../../rollout/undo.js';
import { coverageOf } from '../../rollout/verify.js';
import { readPayload } from '../events.js';
import {
  DESCRIBE_WORKER,
  DISCOVER,
  NOTIFY,
  READ_CALENDAR,
  READ_EVIDENCE,
  RESTORE,
  WATCH,
  WRITE_JOURNAL,
} from '../names.js';
import { type Chain, type RolloutRecord, readRecord } from '../rollout-record.js';
import { reportedSpec } from '../run-spec.js';
import { restoredBySelf, undoFileOf } from '../undo.js';
import { type ActivityRecord, readActivities } from './activities.js';
import { addActivities, type FactsByArn } from './batch-facts.js';
import { type BatchesRead, readBatches } from './batches.js';
import { type FleetFacts, readFleet, readUses, rebuildPlan } from './fleet-facts.js';
import { HealthBook } from './health-facts.js';
import { readHolds } from './holds.js';
import { listInstances } from './instances.js';
import type { Report, ReportOutcome } from './report.js';
import { countAll, countStages, finish, placeCounts, type ReportDraft } from './report-parts.js';
import { joinStatuses, readMessages, readReverts, readTimers } from './run-events.js';
import { endOf, readPlanMarks, readRun, readVersions } from './run-facts.js';

const READ: ReadonlySet<string> = new Set([
  DESCRIBE_WORKER,
  DISCOVER,
  READ_EVIDENCE,
  WATCH,
  READ_CALENDAR,
  NOTIFY,
  RESTORE,
  WRITE_JOURNAL,
]);

const workerSchema = z.object({ version: z.string() });

/** @param outcome - how it ended, once it has; @param version - of this package */
export async function reportRollout(
  client: Client,
  chain: Chain,
  outcome: ReportOutcome | undefined,
  version: string,
): Promise<Report> {
  const record = await readRecord(client, chain);
  const { spec } = record;
  const latest = chain.runs.find(({ runId }) => runId === chain.last.runId) ?? chain.runs[0];
  const activities = await readActivities(client, latest.events, READ);
  const bounds = await readBounds(client, chain, spec);
  const made = await readPlanned(client, latest.events, activities, spec, bounds);
  const planned = { ...made, plan: asCarriedOut(made.plan, outcome?.result) };
  const batches = await readBatches(client, chain.workflowId, record.batches, chain.runs);
  addActivities(
    batches.facts,
    activities.filter(({ type }) => type === RESTORE),
  );
  const run = await readRun(client, chain);
  const result = outcome?.result;
  const sweep = readSweep(activities, planned, batches);
  const instances =
    spec === undefined
      ? []
      : listInstances({
          spec,
          plan: planned.plan,
          facts: batches.facts,
          fleet: planned.fleet.instances,
          uses: planned.uses,
          health: new HealthBook(activities),
          reverts: await readReverts(client, [latest]),
          evidence: turnedAgainst(spec, planned, batches.facts),
          isOpen: run.endedAt === null,
          ...(sweep !== undefined && { sweep: sweep.instances }),
          ...(result !== undefined && { result }),
        });
  const { messages, statuses } = await readMessages(client, chain.runs);
  const { log, waits } = joinStatuses(statuses, activities);
  const stages = countStages(planned.plan, instances, batches.stages);
  const coverage = result?.coverage ?? (spec && sweep && coverageOf(planned.plan, selected(spec, sweep))) ?? null;
  const worker = activities.find(({ type }) => type === DESCRIBE_WORKER)?.end?.result;
  const draft: ReportDraft = {
    kind: 'rollout',
    rollout: { ...run, name: spec?.name ?? null },
    ended: endOf(run.status, result?.ended),
    reason: result?.reason ?? (outcome?.status === 'failed' ? outcome.message : null),
    ...(outcome !== undefined && { outcome }),
    versions: await readVersions(client, chain, version, workerSchema.safeParse(worker).data?.version),
    spec: reportedSpec(record.specInput),
    bounds,
    planHash: planned.hash,
    scopes: placeCounts(planned.fleet.scopes, instances),
    counts: countAll(instances),
    coverage,
    stages,
    holds: readHolds({
      timers: await readTimers(client, latest.events),
      messages,
      waits,
      activities,
      stages: planned.plan.stages.map(({ name }) => {
        const { startedAt } = batches.stages.get(name) ?? {};
        return { name, ...(startedAt !== undefined && { startedAt }) };
      }),
      ...(run.endedAt !== null && { endedAt: Date.parse(run.endedAt) }),
    }),
    messages,
    events: log,
    waivers: waiversOf(spec, planned.plan),
    allowed: planned.plan.allowed,
    instances,
    warnings: [...(result?.warnings ?? []), ...planned.plan.warnings],
    gaps: [...gapsOf(record, planned, batches, result, countAll(instances)), ...journalGap(activities)],
    undo: undoFileOf(record, undoLog([...restoredBySelf(record), ...batches.records])),
  };
  return finish(draft);
}

interface Planned {
  readonly fleet: FleetFacts;
  readonly uses: ReturnType<typeof readUses>;
  readonly plan: Plan;
  /** As the run has noted it. */
  readonly hash: string | null;
  /** The event at which it was made. */
  readonly at: number;
}

/** The plan as this run has made it: it may have been made more than once, and the last one counts. */
async function readPlanned(
  client: Client,
  events: Chain['runs'][0]['events'],
  activities: readonly ActivityRecord[],
  spec: RolloutSpec | undefined,
  bounds: RolloutBounds,
): Promise<Planned> {
  const { marks, hash } = await readPlanMarks(client, events);
  const at = marks.at(-1) ?? Number.POSITIVE_INFINITY;
  const from = marks.at(-2) ?? 0;
  const before = activities.filter(({ eventId }) => eventId < at);
  const fleet = readFleet(before.filter(({ eventId }) => eventId > from));
  const isMade = spec !== undefined && marks.length > 0;
  const plan = isMade ? rebuildPlan(spec, fleet, bounds, readUses(before, fleet)) : undefined;
  return { fleet, uses: readUses(activities, fleet), plan: plan ?? NO_PLAN, hash, at };
}

/** A run of a schedule that met another rollout has left all that it would change as it is, which stands in its result alone. */
function asCarriedOut(plan: Plan, result: RolloutResult | undefined): Plan {
  const isPassedOver = result?.ended === 'completed' && result.stages.every(({ size }) => size === 0);
  if (!isPassedOver || countTargets(plan) === 0) return plan;
  const said = result.exceptions.find(({ outcome }) => outcome === 'skipped(busy)');
  return passOver(plan, said?.reason ?? 'another rollout was in the way');
}

/** What was discovered after all batches had closed, if it was read whole. */
function readSweep(
  activities: readonly ActivityRecord[],
  { at }: Planned,
  { stages }: BatchesRead,
): FleetFacts | undefined {
  const last = Math.max(0, ...[...stages.values()].map(({ endedAt = Number.POSITIVE_INFINITY }) => endedAt));
  const later = activities.filter(({ eventId, at: time }) => eventId > at && time >= last);
  const sweep = readFleet(later);
  return sweep.isWhole ? sweep : undefined;
}

function selected({ targets: { include, exclude } }: RolloutSpec, { instances }: FleetFacts) {
  return [...instances.values()].filter((instance) => isSelected({ include, exclude }, instance));
}

/** Targets that were in no batch, as the evidence had turned against them by the time of their turn. */
function turnedAgainst(
  { evidence }: RolloutSpec,
  { plan, uses }: Planned,
  facts: FactsByArn,
): ReadonlyMap<string, string> {
  const against = new Map<string, string>();
  if (evidence === 'off') return against;
  for (const target of plan.stages.flatMap(({ targets }) => targets)) {
    const use = uses.get(target.arn);
    if (use === undefined || facts.has(target.arn)) continue;
    const verdict = judgeUse(evidence, target, use.reading);
    if (verdict.kind === 'blocked') against.set(target.arn, verdict.detail);
  }
  return against;
}

async function readBounds(client: Client, { runs }: Chain, spec: RolloutSpec | undefined): Promise<RolloutBounds> {
  const [started] = runs[0].events;
  const input = await readPayload(client, started?.workflowExecutionStartedEventAttributes?.input, 1);
  const check = spec && parseBounds(input, spec);
  return check?.ok ? check.bounds : {};
}

export function waiversOf(spec: RolloutSpec | undefined, plan: Plan): Report['waivers'] {
  return (spec?.exceptions ?? []).map(({ names, reason, owner = null, until = null }) => {
    const detail = [reason, owner && `owner ${owner}`, until && `until ${until}`].filter(Boolean).join(', ');
    const instances = plan.settled.filter(
      (settled) =>
        settled.outcome.kind === 'blocked' && settled.outcome.reason === 'waived' && settled.detail === detail,
    );
    return { names, reason, owner, until, instances: instances.length };
  });
}

/** An undo file that was not written leaves nothing to take the rollout back with, once its history is gone. */
function journalGap(activities: readonly ActivityRecord[]): string[] {
  const last = activities.findLast(({ type, end }) => type === WRITE_JOURNAL && end !== undefined);
  if (last?.end === undefined || last.end.result !== undefined) return [];
  const why = last.end.failure === undefined ? '' : ` (${last.end.failure.message})`;
  return [`The undo file of the worker's journal isn't up to date: it was not written last${why}.`];
}

function gapsOf(
  { gone, cutOffAt, startedAt }: RolloutRecord,
  { plan, hash, fleet }: Planned,
  batches: BatchesRead,
  result: { readonly counts: Report['counts'] } | undefined,
  counts: Report['counts'],
): string[] {
  const gaps: string[] = [];
  if (gone.length > 0) gaps.push(`The history of ${countOf(gone.length, 'earlier run')} is gone.`);
  if (batches.gone.length > 0) {
    const which = `The history of ${countOf(batches.gone.length, 'batch').replace(/batchs$/, 'batches')} is gone`;
    gaps.push(`${which}: request IDs and times of their instances are not known any more.`);
  }
  if (hash !== null && plan.hash === '') {
    gaps.push('The plan could not be made again from what was read: instances that are in no stage are missing here.');
  } else if (hash !== null && plan.hash !== hash) {
    gaps.push(
      'The plan, made again from what was read, has another hash than the run has noted (another version has made it): which instances are in no stage, and why, is what this version says.',
    );
  }
  if (fleet.scopes.some(({ caller }) => caller === null) && fleet.scopes.length > 0) {
    gaps.push('Who called in each account is not recorded for all of them.');
  }
  if (cutOffAt !== undefined && cutOffAt > startedAt) {
    gaps.push('The run was cut off, so it has made no last sweep: coverage is not known.');
  }
  if (result !== undefined && !sameCounts(result.counts, counts)) {
    gaps.push("Counted from the histories, the outcomes differ from the run's own result, which stands in outcome.");
  }
  return gaps;
}

function sameCounts(a: Report['counts'], b: Report['counts']): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const [left, right]: Record<string, number>[] = [{ ...a }, { ...b }];
  return [...keys].every((key) => (left?.[key] ?? 0) === (right?.[key] ?? 0));
}
