import { countKinds } from '../../rollout/batch.js';
import type { Counts } from '../../rollout/ledger.js';
import type { Plan } from '../../rollout/plan.js';
import { countedAs, headlineOf } from './headline.js';
import { isoOf } from './instances.js';
import { REPORT_FORMAT, type Report, type ReportInstance, type ReportScope, type ReportStage } from './report.js';
import type { MessageFacts } from './run-events.js';

/** A report without what follows from the rest of it. */
export interface ReportDraft extends Omit<Report, 'format' | 'headline' | 'writtenAt' | 'downgraded' | 'messages'> {
  readonly messages: readonly MessageFacts[];
}

/** Adds what follows from the rest, and takes out what is told twice. */
export function finish({ messages, events, ...draft }: ReportDraft): Report {
  return {
    format: REPORT_FORMAT,
    ...draft,
    headline: headlineOf(draft),
    writtenAt: draft.undo?.writtenAt ?? new Date().toISOString(),
    downgraded: draft.instances.flatMap(({ arn, downgraded }) => (downgraded ? [arn] : [])),
    messages: messages.map(({ stage, says, ...message }) => ({
      ...message,
      says: withStage(message.message, says, stage),
    })),
    events: events.filter(
      ({ event, by, reason }) =>
        !messages.some(
          (told) =>
            event.startsWith(told.message) && (told.by ?? undefined) === by && (told.reason ?? undefined) === reason,
        ),
    ),
  };
}

const OF_A_STAGE: ReadonlySet<string> = new Set(['approve', 'reject', 'skipBake']);

function withStage(message: string, says: string | null, stage: string | null): string | null {
  if (stage === null || says?.includes('stage ') || !OF_A_STAGE.has(message)) return says;
  return [`stage ${stage}`, says].filter(Boolean).join(', ');
}

export function countAll(instances: readonly ReportInstance[]): Counts {
  return {
    ...countKinds(instances.flatMap((instance) => countedAs(instance) ?? [])),
    total: instances.length,
    inFlight: instances.filter(({ outcome }) => outcome === 'in flight').length,
  };
}

/** @param times - by stage; milliseconds since the epoch */
export function countStages(
  plan: Pick<Plan, 'stages'>,
  instances: readonly ReportInstance[],
  times: ReadonlyMap<string, { readonly startedAt: number; readonly endedAt?: number }>,
): ReportStage[] {
  const byStage = groupByStage(instances);
  return plan.stages.map(({ name, bake, targets }) => {
    const { startedAt, endedAt } = times.get(name) ?? {};
    return {
      name,
      size: targets.length,
      counts: countAll(byStage.get(name) ?? []),
      bakeMs: bake,
      startedAt: isoOf(startedAt),
      endedAt: isoOf(endedAt),
    };
  });
}

function groupByStage(instances: readonly ReportInstance[]): ReadonlyMap<string, ReportInstance[]> {
  const groups = new Map<string, ReportInstance[]>();
  for (const instance of instances) {
    if (instance.stage === null) continue;
    const group = groups.get(instance.stage);
    if (group === undefined) groups.set(instance.stage, [instance]);
    else group.push(instance);
  }
  return groups;
}

/** Adds how many instances of each place are in a stage. */
export function placeCounts(
  scopes: readonly Omit<ReportScope, 'planned'>[],
  instances: readonly ReportInstance[],
): ReportScope[] {
  const planned = new Map<string, number>();
  for (const { account, region, stage } of instances) {
    if (stage !== null) planned.set(`${account}/${region}`, (planned.get(`${account}/${region}`) ?? 0) + 1);
  }
  return scopes
    .map((scope) => ({ ...scope, planned: planned.get(`${scope.account}/${scope.region}`) ?? 0 }))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ account, region }: ReportScope): string {
  return `${account ?? ''}/${region}`;
}
