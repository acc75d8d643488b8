import { CancellationScope, condition } from '@temporalio/workflow';
import { chunk } from '../rollout/batch.js';
import { MAX_WATCHED } from '../rollout/health.js';
import type { TargetResult } from '../rollout/outcome.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import type { Watched } from '../rollout/watch-groups.js';
import { type Finding, NOTHING_YET } from './look.js';
import { countOutcomes } from './metrics.js';
import type { Run } from './run.js';

/** Whether targets are looked at before their change. */
export function looksBefore({ health }: Pick<RolloutSpec, 'health'>): boolean {
  const { requireHealthyBefore, checks } = health;
  return checks.some((check) => requireHealthyBefore || (check.kind === 'http' && check.expect === 'same'));
}

/**
 * Looks at targets before their change, and enters those that are unhealthy in the books.
 *
 * @returns the others
 */
export async function lookBefore(
  { looker, state, spec, ledger }: Run,
  stage: number,
  members: readonly Watched[],
): Promise<readonly Watched[]> {
  if (!looksBefore(spec) || looker.watchable(members).length === 0) return members;
  state.note(`looks at ${countOf(members.length, 'target')} of stage ${members[0]?.stage} before the change`);
  const unfit = new Map<string, TargetResult>();
  const onUnhealthy: Judging['onUnhealthy'] = (unhealthy) => {
    if (!spec.health.requireHealthyBefore) return;
    for (const { arn, reason } of unhealthy) unfit.set(arn, blocked(reason));
  };
  await judge({ looker, state }, { mode: 'before', members, onUnhealthy });
  const left = members.map(({ target }) => target).filter(({ arn }) => unfit.has(arn));
  if (left.length > 0) {
    const results = left.flatMap(({ arn }) => unfit.get(arn) ?? []);
    ledger.recordBatch(stage, left, results);
    countOutcomes({ blocked: left.length });
    state.note(
      `${countOf(left.length, 'target')} of stage ${members[0]?.stage} left alone: unhealthy before the change`,
    );
  }
  return members.filter(({ target }) => !unfit.has(target.arn));
}

interface Judging {
  readonly mode: 'before' | 'settle';
  readonly members: readonly Watched[];
  readonly onUnhealthy: (unhealthy: Finding['unhealthy']) => Promise<void> | void;
  /** Whether nobody waits for it any more. */
  readonly isLeft?: () => boolean;
}

/**
 * Looks at targets until each has been judged: before their change, or, to settle what is in doubt, after it. What can't
 * be read is waited for, until an operator goes on without it.
 */
export async function judge(run: Pick<Run, 'looker' | 'state'>, judging: Judging): Promise<void> {
  const lists = chunk(run.looker.watchable(judging.members), MAX_WATCHED);
  await Promise.all(lists.map((members) => judgeList(run, { ...judging, members })));
}

async function judgeList(
  { looker, state }: Pick<Run, 'looker' | 'state'>,
  { mode, members, onUnhealthy, isLeft = () => false }: Judging,
): Promise<void> {
  let pending = members;
  let memory = NOTHING_YET;
  let isOver = false;
  const isMoot = () =>
    isOver || isLeft() || state.stop !== undefined || pending.every(({ target }) => state.sight.isAccepted(target.arn));
  let looking = new CancellationScope();
  const moot = condition(isMoot).then(() => {
    isOver = true;
    looking.cancel();
  });
  while (!isMoot()) {
    looking = new CancellationScope();
    const look = looker.look({ by: mode, mode, members: pending, memory, isMoot }, looking);
    const finding = await Promise.race([look, moot.then(() => undefined)]);
    if (finding === undefined) continue;
    await onUnhealthy(finding.unhealthy);
    memory = finding.memory;
    pending = finding.open;
  }
  isOver = true;
  looker.forget(mode, members);
}

function blocked(detail: string): TargetResult {
  return { outcome: { kind: 'blocked', reason: 'unhealthy' }, detail, wrote: false };
}
