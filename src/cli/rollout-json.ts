import type { FoundRollout } from './find-rollout.js';
import type { RolloutJson } from './json/outcome.js';
import type { Session } from './temporal.js';

export const ROLLOUT_JSON_SHAPE = `{ "workflowId", "runId", "namespace", "address", "taskQueue", "exitCode",
  "state": "started" | "ended" | "left" | "no-worker",
  "outcome": { "status": "completed", "result" } or { "status": "failed", "type", "message", "result" } }
"result" is { "ended", "counts", "stages", "exceptions", "evidence", "coverage", "downgraded", "planHash" }`;

export function rolloutJson(
  session: Session,
  { workflowId, runId, taskQueue }: Pick<FoundRollout, 'workflowId' | 'runId' | 'taskQueue'>,
  end: Pick<RolloutJson, 'state' | 'outcome' | 'exitCode'>,
): RolloutJson {
  const { namespace, address } = session;
  return { workflowId, runId, namespace, address, taskQueue, ...end };
}
