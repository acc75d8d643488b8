import { Context } from '@temporalio/activity';
import type { OrderReport } from '../rollout/orders.js';

/**
 * What `lightsailImdsReadOrder` is given.
 *
 * @internal
 */
export interface ReadOrderInput {
  /** Workflow ID. */
  readonly batch: string;
}

const DEADLINE = 20_000;

/** Which order a batch has in force: asked by a query, which takes nothing of the signals that a workflow may receive. */
export async function lightsailImdsReadOrder({ batch }: ReadOrderInput): Promise<OrderReport> {
  const { client } = Context.current();
  const handle = client.workflow.getHandle(batch);
  return client.withDeadline(Date.now() + DEADLINE, () => handle.query<OrderReport>('order'));
}
