import { listNames } from '../rollout/bounds.js';
import { describeFailing, takesEvidence, weighEvidence } from '../rollout/evidence.js';
import { countOf } from '../rollout/status.js';
import { targetLabel } from '../rollout/target.js';
import type { Watched } from '../rollout/watch-groups.js';
import { unless } from './evidence.js';
import { waitUntilOpen } from './holds.js';
import { runningGate } from './key-watch.js';
import { countOutcomes } from './metrics.js';
import type { Run } from './run.js';

/** The targets whose evidence is too old to change them on. @param readBefore - only of those that were read before this time */
export function outdatedOf(
  { spec, evidence }: Run,
  members: readonly Watched[],
  readBefore = Number.POSITIVE_INFINITY,
) {
  const weighed = members.map(({ target }) => target).filter((target) => takesEvidence(spec, target));
  return evidence.outdated(weighed).filter(({ arn }) => evidence.readAt(arn) < readBefore);
}

/**
 * Reads the evidence of targets anew where it is out of date, and enters in the books those that would break now. What
 * can't be read is unknown. With `fail` in the spec the rollout halts instead.
 *
 * @returns the others
 */
export async function weighBefore(run: Run, stage: number, members: readonly Watched[]): Promise<readonly Watched[]> {
  const { state, spec, ledger, evidence } = run;
  const outdated = outdatedOf(run, members);
  if (spec.evidence === 'off' || outdated.length === 0) return members;
  const name = members[0]?.stage;
  state.note(`reads the evidence of ${countOf(outdated.length, 'target')} of stage ${name} anew`);
  if (!(await readWhileOpen(run, outdated))) return members;
  const { blocked, failing, allowed, unproven } = weighEvidence(spec.evidence, outdated, evidence.readings);
  ledger.allow(allowed);
  if (failing.length > 0) {
    state.halt({ reason: describeFailing(failing), restore: false });
    return members;
  }
  if (unproven.length > 0) {
    state.note(
      `${countOf(unproven.length, 'target')} of stage ${name} without evidence go ahead by evidence.onUnknown`,
    );
  }
  if (blocked.length === 0) return members;
  const left = blocked.map(({ instance }) => instance);
  const results = blocked.map(({ detail }) => ({
    outcome: { kind: 'blocked', reason: 'evidence' } as const,
    detail,
    wrote: false,
  }));
  ledger.recordBatch(stage, left, results);
  countOutcomes({ blocked: left.length });
  state.note(
    `${countOf(left.length, 'target')} of stage ${name} left alone, as the evidence is against them: ${listNames(left.map(targetLabel))}`,
  );
  const isLeft = new Set(left.map(({ arn }) => arn));
  return members.filter(({ target }) => !isLeft.has(target.arn));
}

/** Not while the rollout is held: who pauses it may want no calls at all. @returns false where it has to stop */
async function readWhileOpen({ state, evidence }: Run, targets: ReturnType<typeof outdatedOf>): Promise<boolean> {
  const isHeld = () => state.stop !== undefined || state.heldBy() !== undefined;
  for (;;) {
    await waitUntilOpen(state);
    if (state.stop !== undefined) return false;
    if (await unless(isHeld, () => evidence.read(targets, runningGate(state), (part) => evidence.forget(part))))
      return true;
  }
}
