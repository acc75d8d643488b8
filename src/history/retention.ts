import type { Client } from '@temporalio/client';
import { msNumberToTs } from '@temporalio/common/lib/time.js';

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

/**
 * Has a namespace keep histories for at least so many milliseconds. It holds for runs that close a few seconds later: the
 * server reads it anew now and then.
 *
 * @throws ServiceError where the caller may not change the namespace
 */
export async function extendRetention(client: Client, atLeast: number): Promise<void> {
  const { namespace } = client.options;
  const retention = await readRetention(client);
  if (retention === undefined || retention >= atLeast) return;
  await client.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msNumberToTs(atLeast) },
  });
}
