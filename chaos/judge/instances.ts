import type { ReportInstance } from '../../src/client/index.js';
import type { MetadataOptions } from '../../src/rollout/options.js';
import type { InstanceView } from '../../src/simulator/index.js';
import { type Case, isRivals } from './case.js';
import { isSame, keyOf, optionsOf, type Write } from './truth.js';

/** Outcomes that say that nothing was ever written. */
const UNTOUCHED = /^(compliant|skipped\((?!busy)|blocked\((?!stopped)|not started)/;

/** Every instance is at its original value, at the wanted value, or named with the reason. */
export function judgeInstances(of: Case): string[] {
  if (of.rollout.report.planHash === null) return judgeUnplanned(of);
  const rows = new Map(of.rollout.report.instances.map((row) => [row.arn, row]));
  return [...judgeRows(of, rows), ...judgeWayBack(of), ...judgeSums(of), ...judgeSecondRollback(of)];
}

/** Without a plan there was nothing to write. */
function judgeUnplanned({ rollout, writes }: Case): string[] {
  const early = writes.filter((write) => write.position < rollout.to && !isRivals(write));
  return early.length > 0 && rollout.kind === 'rollout' && rollout.report.rollout?.earlierRuns.length === 0
    ? [`${early.length} Updates were sent without a plan`]
    : [];
}

function judgeRows(of: Case, rows: ReadonlyMap<string, ReportInstance>): string[] {
  const { evidence } = of;
  const now = new Map(evidence.after.map((instance) => [instance.arn, instance]));
  return evidence.before.flatMap((instance) => {
    const row = rows.get(instance.arn);
    const isTouched = evidence.foreign.some(({ arn }) => arn === instance.arn);
    if (row === undefined) return isTouched ? [] : [`${keyOf(instance)} is missing from the report`];
    // What others have done may have come after anything that was read.
    if (isTouched) return [];
    const found = now.get(instance.arn);
    return found === undefined
      ? [`${keyOf(instance)} is gone, though nobody has deleted it`]
      : judgeRow(of, row, instance, found);
  });
}

function judgeRow(of: Case, row: ReportInstance, instance: InstanceView, found: InstanceView): string[] {
  const { asked, evidence, rollbacks } = of;
  const label = `${keyOf(row)}, which the report calls ${describe(row)},`;
  const original = optionsOf(instance);
  const real = optionsOf(found);
  const writes = of.writes.filter(({ arn }) => arn === row.arn);
  const lastSent = writes.at(-1);
  const is = (wanted: MetadataOptions | null | undefined) => isSame(real, wanted ?? undefined, asked);
  // Another rollout has been here, with another field, which it may share.
  if (of.rivals.length > 0 && asked.includes('httpPutResponseHopLimit')) return [];
  const last = lastWord(row, rollbacks);
  // Of what has been read back as restored nobody makes another reading; the last sweep makes one of what was changed.
  if (lastSent?.revertsItself && (last === 'restored' || !wasDueBefore(of, lastSent))) return [];
  const problems: string[] = [];
  if (original === undefined) return writes.length > 0 ? [`${label} was changed though its options were unknown`] : [];
  // A way back that has failed may have had its effect, as one that stays pending.
  const wasTakenBack = last === 'restored' || last.startsWith('restore-failed');
  if (
    !is(original) &&
    !is({ ...original, ...evidence.script.spec.options }) &&
    !(wasTakenBack && is(restoredOf(of, row)))
  )
    problems.push(`is neither at its original value nor at the wanted one, but ${JSON.stringify(real)}`);
  if (UNTOUCHED.test(last) && row.restore === null && !is(original)) problems.push(`is at ${JSON.stringify(real)}`);
  if (last === 'changed' && !is(row.wanted)) problems.push(`is not at the wanted value, but ${JSON.stringify(real)}`);
  if (last === 'restored' && !is(restoredOf(of, row)))
    problems.push(`is not at its original value, but ${JSON.stringify(real)}`);
  // What a rival has left pending is in the report of the rival.
  const isRivalsNow = lastSent !== undefined && isRivals(lastSent);
  if ((last === 'changed' || last === 'restored') && !isRivalsNow && found.metadataOptions?.state !== 'applied')
    problems.push('is still pending');
  if (last.startsWith('failed') && !hasCause(of, row)) problems.push('has no cause to fail');
  return problems.map((problem) => `${label} ${problem}`);
}

/** Longer than a change that goes back by itself takes for it, from its Update on, in milliseconds. */
const GONE_BACK = 2_000;

/** Whether the change had gone back by itself before the last call of a rollout that completed, which is of its last sweep. */
function wasDueBefore({ evidence, rollout }: Case, write: Write): boolean {
  const sweep = evidence.calls[rollout.to - 1];
  const hasSwept = rollout.outcome.status === 'completed';
  return hasSwept && sweep !== undefined && sweep.at - write.at > GONE_BACK;
}

/** The newest word on an instance: of its last rollback, or of the rollout itself. */
function lastWord(row: ReportInstance, rollbacks: Case['rollbacks']): string {
  for (const { report } of rollbacks.toReversed()) {
    const own = report.instances.find(({ arn }) => arn === row.arn);
    if (own !== undefined && own.outcome !== 'not started') return own.outcome;
  }
  return row.restore?.outcome ?? row.outcome;
}

function restoredOf({ evidence }: Case, { before, wanted }: ReportInstance): MetadataOptions | null {
  const keeps = evidence.script.spec.rollback?.keepTokens === true;
  const lowers = before?.httpTokens === 'optional' && wanted?.httpTokens === 'required';
  return keeps && lowers ? { ...before, httpTokens: 'required' } : before;
}

/** An instance that nothing has happened to, and to nothing around it, has no reason to fail. */
function hasCause({ evidence }: Case, row: ReportInstance): boolean {
  const { script, messages, disturbances } = evidence;
  const isReverted = messages.some(({ what, accepted }) => accepted && what === `revert ${row.name}`);
  const isUnwell = evidence.before.some(
    ({ arn, healthy, state }) => arn === row.arn && !(healthy && state === 'running'),
  );
  return isReverted || isUnwell || script.faults.length > 0 || disturbances > 0;
}

function describe({ outcome, restore }: ReportInstance): string {
  return restore === null ? outcome : `${outcome}, ${restore.outcome}`;
}

/** A run that was rolled back has something to say of the way back of every instance that it has sent an Update for. */
function judgeWayBack({ rollout }: Case): string[] {
  const { outcome, report } = rollout;
  if (outcome.status === 'completed' || outcome.type !== 'RolloutRolledBack') return [];
  // It has no books of what a run before a reset has changed, and the report has.
  if ((report.rollout?.earlierRuns.length ?? 0) > 0) {
    return /it was reset/.test(outcome.message) ? [] : ['a run that was reset says nothing of what was changed before'];
  }
  return report.instances
    .filter(({ update, restore }) => update !== null && restore === null)
    .map((row) => `${keyOf(row)}, which the report calls ${row.outcome}, was left as it was by the way back`);
}

/** The counts of the result are those of the rows. */
function judgeSums({ rollout }: Case): string[] {
  const { result } = rollout.outcome;
  // A run that was reset has a report of all its runs, and a result of its own.
  if (result === undefined || (rollout.report.rollout?.earlierRuns.length ?? 0) > 0) return [];
  const { total, inFlight, ...kinds } = result.counts;
  const sum = Object.values(kinds).reduce<number>((all, count) => all + (count ?? 0), 0);
  const rows = rollout.report.instances.length;
  const begun = rollout.report.instances.filter(({ outcome }) => outcome !== 'not started').length;
  const problems: string[] = [];
  if (inFlight !== 0) problems.push(`the result counts ${inFlight} in flight`);
  if (sum !== begun)
    problems.push(`${begun} instances have an outcome, and the result counts ${JSON.stringify(result.counts)}`);
  if (rows !== total) problems.push(`the report has ${rows} instances, and the result ${total}`);
  return problems;
}

/** What is back stays back, and isn't written once more. */
function judgeSecondRollback({ rollbacks, writes }: Case): string[] {
  const [first, second] = rollbacks;
  if (first?.outcome.status !== 'completed' || second === undefined) return [];
  const again = writes.filter(
    ({ arn, position }) => position >= second.from && position < second.to && !hasGoneBack(arn, second.from, writes),
  );
  return again.length > 0 ? [`a second rollback sent ${again.length} Updates`] : [];
}

/** Whether the last Update of it before that call was one that a fault takes back after a while: then it isn't back any more. */
function hasGoneBack(arn: string | undefined, before: number, writes: readonly Write[]): boolean {
  const earlier = writes.filter((write) => write.arn === arn && write.position < before);
  return earlier.findLast(({ tookEffect }) => tookEffect !== 'no')?.revertsItself === true;
}
