import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { parseBounds, type RolloutBounds } from '../../rollout/bounds.js';
import { optionFields } from '../../rollout/option-fields.js';
import { describeOutcome } from '../../rollout/outcome.js';
import { type PackedPlan, unpackPlan } from '../../rollout/pack-plan.js';
import { NO_PLAN, type Plan } from '../../rollout/plan.js';
import { readPayload } from '../events.js';
import { DISCOVER, READ_EVIDENCE } from '../names.js';
import { packedOf } from '../packed.js';
import type { Chain } from '../rollout-record.js';
import { readStart, reportedSpec } from '../run-spec.js';
import { readActivities } from './activities.js';
import { readFleet, readUses } from './fleet-facts.js';
import { placeOf, sortRows } from './instances.js';
import type { Report, ReportInstance, ReportOutcome, ReportUse } from './report.js';
import { countAll, countStages, finish, placeCounts } from './report-parts.js';
import { waiversOf } from './rollout.js';
import { endOf, readRun, readVersions } from './run-facts.js';

const READ: ReadonlySet<string> = new Set([DISCOVER, READ_EVIDENCE]);

const options = z.object(optionFields);
const outcome = z.object({ kind: z.string(), reason: z.string().optional() });

/** As far as a report tells of it: a run of another making may have the type of a plan's. */
const packedSchema = z.object({
  stages: z.array(
    z.object({
      name: z.string(),
      bake: z.number(),
      concurrency: z.number(),
      targets: packedOf(z.object({ before: options, desired: options })),
    }),
  ),
  settled: packedOf(z.object({ outcome, detail: z.string().optional() })),
  allowed: packedOf(z.object({ detail: z.string() })),
  warnings: z.array(z.string()),
  hash: z.string(),
});

/** A plan that a worker has made: what would change. @param version - of this package */
export async function reportPlan(
  client: Client,
  chain: Chain,
  outcome: ReportOutcome | undefined,
  version: string,
): Promise<Report> {
  const [run] = chain.runs;
  const { input, spec } = await readStart(client, run);
  const [started] = run.events;
  const wanted = await readPayload(client, started?.workflowExecutionStartedEventAttributes?.input, 1);
  const check = spec && parseBounds(wanted, spec);
  const activities = await readActivities(client, run.events, READ);
  const fleet = readFleet(activities);
  const uses = readUses(activities, fleet);
  const plan = await readResult(client, chain);
  const facts = await readRun(client, chain);
  return plannedReport({
    plan: plan && inWords(plan),
    rollout: { ...facts, name: spec?.name ?? null },
    ended: plan === undefined ? endOf(facts.status, undefined) : 'planned',
    reason: outcome?.status === 'failed' ? outcome.message : null,
    versions: await readVersions(client, chain, version, undefined),
    spec: reportedSpec(input),
    bounds: check?.ok ? check.bounds : {},
    scopes: fleet.scopes,
    waivers: waiversOf(spec, plan ?? NO_PLAN),
    uses,
  });
}

async function readResult(client: Client, { runs: [run] }: Chain): Promise<Plan | undefined> {
  const completed = run.events.at(-1)?.workflowExecutionCompletedEventAttributes;
  const packed = await readPayload(client, completed?.result);
  if (!isPacked(packed)) return undefined;
  try {
    return unpackPlan(packed);
  } catch {
    // It isn't whole, and a part of a plan is none.
    return undefined;
  }
}

function isPacked(value: unknown): value is PackedPlan {
  return packedSchema.safeParse(value).success;
}

function inWords(plan: Plan): PlanInWords {
  return { ...plan, settled: plan.settled.map((each) => ({ ...each, outcome: describeOutcome(each.outcome) })) };
}

interface PlanInWords extends Omit<Plan, 'settled' | 'uncovered' | 'specHash'> {
  readonly settled: readonly (Omit<Plan['settled'][number], 'outcome'> & { readonly outcome: string })[];
}

/** What there is of a plan, whoever has made it. */
export interface PlannedSources extends Pick<Report, 'rollout' | 'ended' | 'reason' | 'versions' | 'spec' | 'waivers'> {
  /** With outcomes as words. */
  readonly plan: PlanInWords | undefined;
  readonly bounds: RolloutBounds;
  readonly scopes: Parameters<typeof placeCounts>[0];
  readonly uses: ReadonlyMap<string, { readonly use: ReportUse }>;
}

export function plannedReport({ plan = inWords(NO_PLAN), scopes, uses, ...known }: PlannedSources): Report {
  const instances = sortRows(rowsOf(plan, uses));
  return finish({
    kind: 'plan',
    ...known,
    planHash: plan.hash || null,
    scopes: placeCounts(scopes, instances),
    counts: countAll(instances),
    coverage: null,
    stages: countStages(plan, instances, new Map()),
    holds: [],
    messages: [],
    events: [],
    allowed: plan.allowed,
    instances,
    warnings: plan.warnings,
    gaps: [],
  });
}

function rowsOf(plan: PlanInWords, uses: PlannedSources['uses']): ReportInstance[] {
  const nothing = {
    after: null,
    settledAt: null,
    update: null,
    restore: null,
    downgraded: false,
    health: null,
  } as const;
  return [
    ...plan.stages.flatMap(({ name: stage, targets }) =>
      targets.map((target) => ({
        ...placeOf(target),
        ...nothing,
        stage,
        before: target.before,
        wanted: target.desired,
        outcome: 'planned',
        reason: target.stopped ? 'it is stopped' : null,
        tokenless: uses.get(target.arn)?.use ?? null,
      })),
    ),
    ...plan.settled.map((settled) => ({
      ...placeOf(settled),
      ...nothing,
      stage: null,
      before: null,
      wanted: null,
      outcome: settled.outcome,
      reason: settled.detail ?? null,
      tokenless: uses.get(settled.arn)?.use ?? null,
    })),
  ];
}
