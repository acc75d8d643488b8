import type { RolloutOutcome } from '../client/index.js';
import type { FoundRollout } from './find-rollout.js';
import type { Session } from './temporal.js';

/** What `start --json` and `watch --json` print. */
export interface RolloutJson {
  readonly workflowId: string;
  readonly runId: string;
  readonly namespace: string;
  readonly address: string;
  readonly taskQueue: string;
  /** `started`: it goes on by itself. `left`: it goes on, and the watch was ended. `no-worker`: it waits for one. */
  readonly state: 'started' | 'ended' | 'left' | 'no-worker';
  /** With state `ended`. */
  readonly outcome?: RolloutOutcome;
  /** What the process ends with. */
  readonly exitCode: number;
}

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
