import { CancellationScope, condition } from '@temporalio/workflow';
import { chunk } from '../rollout/batch.js';
import { MAX_WATCHED, type WatchMemory, type WatchMode } from '../rollout/health.js';
import type { TargetResult } from '../rollout/outcome.js';
import type { Scope } from '../rollout/scope.js';
import { countOf } from '../rollout/status.js';
import type { Target } from '../rollout/target.js';
import { type Watched, watchId } from '../rollout/watch-groups.js';
import { type Finding, isInDoubt, NOTHING_YET } from './look.js';
import { countOutcomes } from './metrics.js';
import type { Run } from './run.js';

type OnUnhealthy = (unhealthy: Finding['unhealthy']) => Promise<void> | void;

/**
 * Looks at targets before their change, and enters those that are unhealthy in the books.
 *
 * @returns the others
 */
export async function lookBefore(
  { looker, state, spec, ledger }: Run,
  stage: number,
  members: readonly Watched[],
): Promise<Target[]> {
  const { requireHealthyBefore, checks } = spec.health;
  const readsCodes = checks.some((check) => check.kind === 'http' && check.expect === 'same');
  const targets = members.map(({ target }) => target);
  if (!requireHealthyBefore && !readsCodes) return targets;
  const unfit = new Map<string, TargetResult>();
  await judge({ looker, state }, 'before', members, (unhealthy) => {
    if (requireHealthyBefore) for (const { arn, reason } of unhealthy) unfit.set(arn, blocked(reason));
  });
  const left = targets.filter(({ arn }) => unfit.has(arn));
  if (left.length > 0) {
    const results = left.flatMap(({ arn }) => unfit.get(arn) ?? []);
    ledger.recordBatch(stage, left, results);
    countOutcomes({ blocked: left.length });
    state.note(
      `${countOf(left.length, 'target')} of stage ${members[0]?.stage} left alone: unhealthy before the change`,
    );
  }
  return targets.filter(({ arn }) => !unfit.has(arn));
}

/**
 * Looks at targets until each has been judged: before their change, or, to settle what is in doubt, after it. What can't
 * be read is waited for, until an operator goes on without it.
 */
export async function judge(
  { looker, state }: Pick<Run, 'looker' | 'state'>,
  mode: 'before' | 'settle',
  members: readonly Watched[],
  onUnhealthy: OnUnhealthy,
): Promise<void> {
  const lists = looker
    .watchable(members)
    .flatMap(([scope, members]) => chunk(members, MAX_WATCHED).map((part) => [scope, part] as const));
  await Promise.all(lists.map(([scope, members]) => judgeList({ looker, state }, mode, scope, members, onUnhealthy)));
}

async function judgeList(
  { looker, state }: Pick<Run, 'looker' | 'state'>,
  mode: 'before' | 'settle',
  scope: Scope,
  members: readonly Watched[],
  onUnhealthy: OnUnhealthy,
): Promise<void> {
  let pending = members;
  let memory = NOTHING_YET;
  while (pending.length > 0) {
    const cancel = new CancellationScope();
    const isMoot = () => state.stop !== undefined || pending.every(({ target }) => state.sight.isAccepted(target.arn));
    // Those that can't be read are waited for in the way of a watch, which ends when they are seen again.
    const how: WatchMode = mode === 'settle' && memory !== NOTHING_YET && !isInDoubt(memory) ? 'after' : mode;
    const look = looker.look({ by: mode, mode: how, scope, members: pending, memory }, cancel);
    const finding = await Promise.race([look, condition(isMoot).then(() => undefined)]);
    if (finding === undefined) {
      cancel.cancel();
      break;
    }
    await onUnhealthy(finding.unhealthy);
    memory = finding.memory;
    pending = stillOpen(pending, memory);
  }
  looker.forget(mode, members);
}

function stillOpen(members: readonly Watched[], { streaks }: WatchMemory): readonly Watched[] {
  return members.filter(({ target }) => streaks[watchId(target.arn)] !== undefined);
}

function blocked(detail: string): TargetResult {
  return { outcome: { kind: 'blocked', reason: 'unhealthy' }, detail, wrote: false };
}
