import { CancellationScope, condition, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/index.js';
import { type Hold, isInForce, isSameHold, type OrderReport, stillOnItsWay } from '../rollout/orders.js';
import { controlQueue } from '../rollout/queues.js';
import type { RolloutStatus } from '../rollout/status.js';
import { holdSignal, orderReportSchema } from './messages.js';
import type { RunState } from './run-state.js';
import type { RunningBatch } from './running-batch.js';

/**
 * Passes the hold on to the running batch, and answers once the batch has it in force: from then on no change starts,
 * since every activity that hasn't written yet has been asked to stop and finds that out before it writes.
 */
export function tellBatch(state: RunState): Promise<RolloutStatus> {
  // Handlers run in the scope that a Temporal cancellation cancels, and that is just when the batch has to be told.
  return CancellationScope.nonCancellable(async () => {
    await condition(() => !state.isStartingBatch);
    const { batch } = state;
    if (batch === undefined) return state.status();
    await sendOrder(state, batch);
    void askForOrder(state, batch);
    await condition(() => isObeyed(state, batch));
    return state.status();
  });
}

/** Takes the order that the batch says it has, and orders anew where that isn't the one that is wanted. */
export function hearOrder(state: RunState, batch: RunningBatch, report: OrderReport): void {
  batch.sent = stillOnItsWay(batch.sent, report);
  batch.inForce = report;
  if (!isObeyed(state, batch)) void tellBatch(state);
}

function isObeyed(state: RunState, batch: RunningBatch): boolean {
  return state.batch !== batch || isInForce(batch.sent, batch.inForce, wantedOf(state, batch));
}

/** What the batch has to do, and how many refusals of the caller's keys are over: what it has heard of that stays. */
function wantedOf({ hold, keys }: RunState, batch: RunningBatch): Hold {
  const { accepted: told = 0 } = batch.sent ?? batch.inForce;
  const accepted = keys.first === undefined ? batch.refusals : told;
  return { ...hold, ...(accepted > 0 && { accepted }) };
}

async function sendOrder(state: RunState, batch: RunningBatch): Promise<void> {
  const before = batch.sent ?? batch.inForce;
  const wanted = wantedOf(state, batch);
  // A stop is final, and whatever is wanted after it comes to nothing.
  if (isSameHold(before, wanted) || before.mode === 'stop') return;
  const order = { number: before.number + 1, ...wanted };
  batch.sent = order;
  const run = workflowInfo().originalExecutionRunId;
  const isSent = await batch.handle.signal(holdSignal, { run, ...order }).then(
    () => true,
    () => false,
  );
  if (!isSent) await endUnreachable(state, batch);
}

/** The batch has closed just now, or takes no more signals: then a cancellation is what still reaches it. */
async function endUnreachable(state: RunState, batch: RunningBatch): Promise<void> {
  const isOpen = await batch.handle.cancel().then(
    () => true,
    () => false,
  );
  if (!isOpen || state.batch !== batch || state.stop !== undefined) return;
  const reason = `batch ${batch.path} takes no more signals, so it was stopped: start again for what is left`;
  state.halt({ reason, restore: false });
}

/** How long to wait for an acknowledgement before the batch is asked, in milliseconds; then ever longer. */
const ASK_AFTER = { first: 5_000, longest: 60_000 } as const;

/**
 * Asks the batch for the order that it has for as long as no acknowledgement comes: its signal is lost where the rollout
 * can take no more of them.
 */
async function askForOrder(state: RunState, batch: RunningBatch): Promise<void> {
  if (batch.isAsked || isObeyed(state, batch)) return;
  batch.isAsked = true;
  for (let patience: number = ASK_AFTER.first; ; patience = Math.min(ASK_AFTER.longest, 2 * patience)) {
    const { sent } = batch;
    if (await condition(() => isObeyed(state, batch), patience, { summary: 'acknowledgement of the batch' })) break;
    const report = await readOrder(batch);
    if (report === undefined || state.batch !== batch) continue;
    // What was sent before the batch was asked has arrived.
    if (batch.sent === sent) batch.sent = undefined;
    hearOrder(state, batch, report);
  }
  batch.isAsked = false;
}

async function readOrder({ handle }: RunningBatch): Promise<OrderReport | undefined> {
  const { lightsailImdsReadOrder } = proxyActivities<Pick<ControlActivities, 'lightsailImdsReadOrder'>>({
    summary: 'which order the batch has',
    taskQueue: controlQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '30s',
    scheduleToCloseTimeout: '1m',
    retry: { maximumAttempts: 1 },
  });
  const answer: unknown = await lightsailImdsReadOrder({ batch: handle.workflowId }).catch(() => undefined);
  return orderReportSchema.safeParse(answer).data;
}
