import type { Client } from '@temporalio/client';
import pMap from 'p-map';

/** Histories that are read at once. */
const AT_ONCE = 4;

export interface HistoriesSearched {
  readonly histories: number;
  readonly events: number;
}

/**
 * Searches all histories that a test run has left on its server.
 *
 * @throws where one of them holds what is searched for, with its workflow and the event
 */
export async function searchHistories(
  client: Client,
  since: Date,
  find: (text: string) => string | undefined,
): Promise<HistoriesSearched> {
  const found: string[] = [];
  let histories = 0;
  let events = 0;
  const search = async ({ workflowId, runId }: { workflowId: string; runId: string }) => {
    const handle = client.workflow.getHandle(workflowId, runId);
    // A test that has deleted it may have come before.
    const history = await handle.fetchHistory().catch(() => undefined);
    if (history === undefined) return;
    histories += 1;
    for (const event of history.events ?? []) {
      events += 1;
      const secret = findIn(event, find);
      if (secret !== undefined) found.push(`${secret}… in event ${event.eventId} of ${workflowId}`);
    }
  };
  const query = `StartTime >= "${since.toISOString()}"`;
  await pMap(client.workflow.list({ query, pageSize: 500 }), search, { concurrency: AT_ONCE });
  if (found.length > 0) throw new Error(`Secrets in histories:\n${found.slice(0, 20).join('\n')}`);
  return { histories, events };
}

/** Looks into every text and every payload of an event, or of several. */
export function findIn(value: unknown, find: (text: string) => string | undefined): string | undefined {
  if (typeof value === 'string') return find(value);
  if (value instanceof Uint8Array) {
    return find(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const member of Object.values(value)) {
    const secret = findIn(member, find);
    if (secret !== undefined) return secret;
  }
  return undefined;
}
