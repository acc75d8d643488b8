import type { Client } from '@temporalio/client';
import { hashOf } from '../rollout/plan.js';
import { parseSpec, type RolloutSpec } from '../rollout/spec.js';
import { isDeeperThan, MAX_DEPTH } from '../untrusted/depth.js';
import { type HistoryEvent, readPayload, timeOf } from './events.js';
import type { RunHistory } from './runs.js';

/** What a run was started with. */
export interface RunStart {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Its first argument, as it was given. */
  readonly input: unknown;
  /** Read as on the day of its start, since waivers end; undefined where it is no spec. */
  readonly spec: RolloutSpec | undefined;
}

/** What a run was started with, for a report, and its hash: whoever starts a run may send anything as its spec. */
export function reportedSpec(input: unknown): { readonly input: unknown; readonly sha256: string } {
  const shown = isDeeperThan(MAX_DEPTH, input) ? '(no spec: it is nested too deep to be shown)' : (input ?? null);
  return { input: shown, sha256: hashOf(shown) };
}

export function readStart(client: Client, { events: [started] }: RunHistory): Promise<RunStart> {
  return readStartEvent(client, started);
}

/** The spec of a run, from the first event of its history alone; undefined where it has none. */
export async function readSpec(client: Client, workflowId: string, runId: string): Promise<RolloutSpec | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  return (await readStartEvent(client, history?.events?.[0])).spec;
}

async function readStartEvent(client: Client, started: HistoryEvent | undefined): Promise<RunStart> {
  const at = started === undefined ? 0 : timeOf(started);
  const input = await readPayload(client, started?.workflowExecutionStartedEventAttributes?.input);
  const parsed = parseSpec(input, new Date(at).toISOString().slice(0, 10));
  return { at, input, spec: parsed.ok ? parsed.spec : undefined };
}
