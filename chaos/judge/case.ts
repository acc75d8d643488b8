import type { MetadataOptions, OptionField } from '../../src/rollout/options.js';
import { fieldsOf } from '../../src/rollout/options.js';
import type { Evidence, RunRecord } from '../evidence.js';
import { RIVAL_HOPS } from '../script/index.js';
import { isSame, type Write, writesOf } from './truth.js';

/** What a rollout has planned for an instance. */
export interface Planned {
  readonly stage: string;
  readonly before: MetadataOptions;
  readonly wanted: MetadataOptions;
  readonly asked: readonly OptionField[];
}

/** A run's evidence, with what all judges need of it. */
export interface Case {
  readonly evidence: Evidence;
  readonly writes: readonly Write[];
  /** The fields that the rollout is about. */
  readonly asked: readonly OptionField[];
  readonly rollout: RunRecord;
  readonly rivals: readonly RunRecord[];
  readonly rollbacks: readonly RunRecord[];
  /** By ARN, of the rollout and of each rival that had a plan. */
  readonly plans: ReadonlyMap<string, readonly Planned[]>;
}

const RIVAL_FIELDS: readonly OptionField[] = ['httpPutResponseHopLimit'];

export function openCase(evidence: Evidence): Case {
  const { runs, script } = evidence;
  const rollout = runs.find(({ kind }) => kind === 'rollout');
  if (rollout === undefined) throw new Error('there is no rollout to judge');
  const rivals = runs.filter(({ kind }) => kind === 'rival');
  const asked = fieldsOf(script.spec.options);
  const plans = new Map<string, Planned[]>();
  for (const { kind, report } of [rollout, ...rivals]) {
    for (const { arn, before, wanted, stage } of report.instances) {
      if (stage === null || before === null || wanted === null) continue;
      const planned = { stage, before, wanted, asked: kind === 'rival' ? RIVAL_FIELDS : asked };
      plans.set(arn, [...(plans.get(arn) ?? []), planned]);
    }
  }
  return {
    evidence,
    writes: writesOf(evidence),
    asked,
    rollout,
    rivals,
    rollbacks: runs.filter(({ kind }) => kind === 'rollback'),
    plans,
  };
}

/** What a rival asks for; the rollout does nowhere, unless a rival was there before it. */
export function isRivals({ sent }: Pick<Write, 'sent'>): boolean {
  return sent.httpPutResponseHopLimit === RIVAL_HOPS;
}

/** What the rollout itself, and no rival, has planned for the instance of an Update. */
export function ownPlan({ plans, asked }: Case, { arn = '' }: Write): Planned | undefined {
  return plans.get(arn)?.find((plan) => plan.asked === asked);
}

/** Whether an Update leads to what its plan wants; if not, it leads back. */
export function leadsThere({ sent }: Write, { wanted, asked }: Planned): boolean {
  return isSame(sent, wanted, asked);
}

/** The Updates by which the rollout itself, and no rival, changes what it has planned. */
export function ownChanges(of: Case): Write[] {
  return of.writes.filter((write) => {
    const plan = ownPlan(of, write);
    return plan !== undefined && leadsThere(write, plan) && !isRivals(write) && write.position < of.rollout.to;
  });
}
