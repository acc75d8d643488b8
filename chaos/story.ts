import type { Evidence } from './evidence.js';
import { keyOf, writesOf } from './judge/truth.js';

/** What happened in a run, in the order of time: milliseconds after its first call. */
export function tell(evidence: Evidence): string[] {
  const { calls, messages, foreign, runs } = evidence;
  const start = calls[0]?.at ?? 0;
  const lines = [
    ...messages.map(({ sentAt, answeredAt, what, accepted, answer, workflowId }) => ({
      at: answeredAt,
      line: `${what} to ${workflowId}, sent at ${sentAt - start}: ${accepted ? 'accepted' : `refused, ${answer}`}`,
    })),
    ...foreign.map((change) => ({ at: change.at, line: `others: ${change.what} ${keyOf(change)}` })),
    ...writesOf(evidence).map((write) => ({
      at: write.at,
      line: `call ${write.position}: Update of ${keyOf(write)} to ${JSON.stringify(write.sent)}, effect ${write.tookEffect}`,
    })),
  ];
  return [
    ...lines.toSorted((a, b) => a.at - b.at).map(({ at, line }) => `${String(at - start).padStart(6)}  ${line}`),
    ...runs.flatMap(({ workflowId, outcome, report }) => [
      outcome.status === 'completed'
        ? `${workflowId} completed`
        : `${workflowId} ended as ${outcome.type}: ${outcome.message}`,
      ...report.instances.map(
        (row) =>
          `  ${keyOf(row)} in ${row.stage}: ${row.outcome}, ${row.restore?.outcome}, ${JSON.stringify(row.before)} to ${JSON.stringify(row.wanted)}`,
      ),
    ]),
  ];
}
