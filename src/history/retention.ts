import type { Client } from '@temporalio/client';

/** For how long the namespace keeps the history of what has ended, in milliseconds; undefined where nobody says. */
export async function readRetention(client: Client): Promise<number | undefined> {
  try {
    const { namespace } = client.options;
    const { config } = await client.workflowService.describeNamespace({ namespace });
    const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
    return seconds > 0 ? seconds * 1_000 : undefined;
  } catch {
    // Not every caller may look at the namespace.
    return undefined;
  }
}
