import { fieldsOf } from '../../src/rollout/options.js';
import type { LeaseRecord, MessageSent } from '../evidence.js';
import { type Case, isRivals, ownChanges, type Planned } from './case.js';
import { isSame, keyOf, type Write } from './truth.js';

/**
 * The service has no conditional write: what others change between the last reading and the Update is written over by
 * anybody. So long after a change of theirs it must have been read, in milliseconds; a process may be starved meanwhile.
 */
const SEEN_BY = 2_500;

/** A message is in force when it is answered; a call may be on its way for so long, in milliseconds. */
const ON_ITS_WAY = 1_000;

/** A cancellation or a terminate is answered by the server alone, and reaches batches later, in milliseconds. */
const PASSED_ON = { undisturbed: 5_000, disturbed: 20_000 } as const;

/** Between the clock of the simulator and that of the server, and for a call on its way, in milliseconds. */
const LEASE_TOLERANCE = 250;

/** What must hold for every Update that has reached the service. */
export function judgeWrites(of: Case): string[] {
  return [
    ...of.writes.flatMap((write) => judgeContent(of, write)),
    ...of.writes.flatMap((write) => judgeForeign(of, write)),
    ...of.writes.flatMap((write) => judgeLease(of, write)),
    ...judgeMessages(of),
    ...judgeOrders(of),
  ];
}

function labelOf(write: Write): string {
  return `call ${write.position}, an Update of ${keyOf(write)} to ${JSON.stringify(write.sent)},`;
}

/** Only instances and values of a plan, always with httpTokens, and tokens never lowered but to restore. */
function judgeContent({ evidence, writes, plans }: Case, write: Write): string[] {
  const { sent, arn, found } = write;
  const problems: string[] = [];
  if (sent.httpTokens === undefined) problems.push('names no httpTokens, and so lowers them');
  // What takes the place of a target under its name is judged with what others do.
  const planned = arn === undefined ? undefined : plans.get(arn);
  if (planned === undefined && evidence.before.some((instance) => instance.arn === arn)) problems.push('is in no plan');
  if (planned?.some((plan) => isOfPlan(write, plan)) === false && !isChangedLately(evidence.foreign, write))
    problems.push('is not what a plan names');
  if (found?.httpTokens === 'required' && sent.httpTokens === 'optional') {
    const wasRaised = writes.some(
      (earlier) => earlier.position < write.position && earlier.arn === arn && earlier.sent.httpTokens === 'required',
    );
    const isRestore = planned?.some(({ before }) => before.httpTokens === 'optional') && wasRaised;
    if (!isRestore && !isChangedLately(evidence.foreign, write))
      problems.push('lowers tokens that no rollout has raised');
  }
  return problems.map((problem) => `${labelOf(write)} ${problem}`);
}

/** To the wanted values or back; httpTokens that weren't asked for stay what they are. */
function isOfPlan({ sent, found }: Write, { before, wanted, asked }: Planned): boolean {
  return fieldsOf(sent).every((field) => {
    if (asked.includes(field)) return sent[field] === wanted[field] || sent[field] === before[field];
    return field === 'httpTokens' && (found === undefined || sent.httpTokens === found.httpTokens);
  });
}

function isChangedLately(foreign: Case['evidence']['foreign'], write: Write): boolean {
  return foreign.some(
    (change) => keyOf(change) === keyOf(write) && change.calls <= write.position && write.at - change.at < SEEN_BY,
  );
}

/** A run that was reset since others have changed it finds what they have set when it plans anew. */
function isPlannedAnew({ foreign, messages }: Case['evidence'], write: Write): boolean {
  const changes = foreign.filter((change) => keyOf(change) === keyOf(write));
  return messages.some(
    ({ what, accepted, answeredAt }) =>
      what === 'reset' && accepted && answeredAt < write.at && changes.some(({ at }) => at < answeredAt),
  );
}

/** Nothing is written over a value that neither the plan nor the rollout has put there, nor to another of the same name. */
function judgeForeign({ evidence, plans }: Case, write: Write): string[] {
  const { arn, found } = write;
  if (arn === undefined || isChangedLately(evidence.foreign, write) || isPlannedAnew(evidence, write)) return [];
  const planned = plans.get(arn);
  if (planned === undefined) {
    const isNew = !evidence.before.some((instance) => instance.arn === arn);
    return isNew ? [`${labelOf(write)} reaches another instance than the planned one`] : [];
  }
  if (found === undefined) return [];
  const isKnown = planned.some(
    ({ before, wanted, asked }) => isSame(found, before, asked) || isSame(found, wanted, asked),
  );
  return isKnown ? [] : [`${labelOf(write)} writes over ${JSON.stringify(found)}, which was changed elsewhere`];
}

/** Whoever writes in a scope holds its lease. */
function judgeLease({ evidence, plans }: Case, write: Write): string[] {
  const holders = evidence.leases.before.filter((lease) => lease.region === write.region && covers(lease, write.at));
  // Back to what a rival has set before: that may be either's.
  const isEithers = plans.get(write.arn ?? '')?.some(({ before }) => isRivals({ sent: before }));
  const isOwn = holders.some(({ holder }) => isEithers || holder.includes('-rival-') === isRivals(write));
  if (isOwn) return [];
  return [
    `${labelOf(write)} was sent without the lease, which ${holders.map(({ holder }) => holder).join() || 'nobody'} held`,
  ];
}

function covers({ from, to }: LeaseRecord, at: number): boolean {
  return at >= from - LEASE_TOLERANCE && (to === undefined || at <= to + LEASE_TOLERANCE);
}

/** No new change starts once a pause, an abort, a rejection, a cancellation or a terminate is in force. */
function judgeMessages(of: Case): string[] {
  const { evidence, rollout } = of;
  const messages = evidence.messages.filter(({ workflowId }) => workflowId === rollout.workflowId);
  const begun = new Set<string | undefined>();
  const starts = ownChanges(of).filter(({ arn }) => {
    if (begun.has(arn)) return false;
    begun.add(arn);
    return true;
  });
  return messages
    .filter(({ accepted }) => accepted)
    .flatMap((message) => {
      const since = inForceFrom(message, evidence.disturbances > 0);
      if (since === undefined) return [];
      const until = endOf(message, messages);
      return starts
        .filter(({ at }) => at > since && at < until)
        .map((write) => `${labelOf(write)} starts a change ${write.at - message.answeredAt} ms after ${message.what}`);
    });
}

/**
 * An operator's word is answered when the batch has it in force: the server isn't told to begin any change from then on.
 * What was begun by a run that was reset is another matter.
 */
function judgeOrders({ evidence, rollout }: Case): string[] {
  const messages = evidence.messages.filter(({ workflowId }) => workflowId === rollout.workflowId);
  if (messages.some(({ what }) => what === 'reset')) return [];
  const changes = evidence.workflows
    .filter(({ workflowId }) => workflowId.startsWith(`${rollout.workflowId}/`))
    .flatMap(({ begun }) => begun.filter(({ what }) => what === 'change'));
  return messages.filter(isOrder).flatMap((message) => {
    const until = endOf(message, messages);
    const after = changes.filter(({ at }) => at > message.answeredAt && at < until);
    return after.length === 0 ? [] : [`${after.length} changes were begun while ${message.what} was in force`];
  });
}

function isOrder({ what, accepted }: MessageSent): boolean {
  return accepted && (what === 'pause' || what === 'reject' || what.startsWith('abort'));
}

function inForceFrom(message: MessageSent, isDisturbed: boolean): number | undefined {
  const { what, answeredAt } = message;
  if (what === 'cancel' || what === 'terminate')
    return answeredAt + (isDisturbed ? PASSED_ON.disturbed : PASSED_ON.undisturbed);
  return isOrder(message) ? answeredAt + ON_ITS_WAY : undefined;
}

/** A reset begins again before the message; a resume ends a pause, and the two may have crossed. */
function endOf({ what, sentAt: said }: MessageSent, messages: readonly MessageSent[]): number {
  const ends = messages.filter(
    (other) => other.answeredAt >= said && (other.what === 'reset' || (what === 'pause' && other.what === 'resume')),
  );
  return Math.min(...ends.map(({ sentAt }) => sentAt), Number.POSITIVE_INFINITY);
}
