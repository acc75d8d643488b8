import {
  type ActivityOptions,
  CancellationScope,
  log,
  proxyActivities,
  scheduleActivity,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/index.js';
import { type NotifyDetails, type NotifyEvent, statusToTell, type UserNotification } from '../rollout/notification.js';
import { cutReason } from '../rollout/outcome.js';
import { controlQueue } from '../rollout/queues.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { causeOf } from './activity-options.js';
import type { RunState } from './run-state.js';

/** What is not told after all tries within this time stays untold. A rollout ends at most so much later. */
const BOUNDS = {
  scheduleToCloseTimeout: '1m',
  startToCloseTimeout: '15s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 4 },
} as const satisfies ActivityOptions;

/**
 * Tells the world of a rollout, beside it: nothing waits for a notification, and none that fails is more than a line in
 * the worker's log.
 *
 * @example
 * const notifier = new Notifier(state, spec.notify);
 * notifier.tell('hold', { what: 'stage canary changed none of its targets' });
 * await notifier.drained(); // before the workflow ends, since an end cancels what is under way
 */
export class Notifier {
  readonly #underWay = new Set<Promise<void>>();

  constructor(
    private readonly state: Pick<RunState, 'status'>,
    private readonly notify: RolloutSpec['notify'],
  ) {}

  /** Returns at once, and never throws. */
  tell(event: NotifyEvent, details: NotifyDetails): void {
    if (!this.notify.on.includes(event)) return;
    const { workflowId: rollout, taskQueue } = workflowInfo();
    const status = statusToTell(this.state.status());
    const summary = details.reminder ? `${event}, reminder` : event;
    this.#start(event, () => {
      const { lightsailImdsNotify } = proxyActivities<Pick<ControlActivities, 'lightsailImdsNotify'>>({
        ...BOUNDS,
        taskQueue: controlQueue(taskQueue),
        summary,
      });
      return lightsailImdsNotify({ rollout, event, ...details, what: cutReason(details.what), status });
    });
    const { activity } = this.notify;
    if (activity === undefined) return;
    const notification: UserNotification = { rollout, event, status };
    this.#start(event, () =>
      scheduleActivity(activity.type, [notification], { ...BOUNDS, taskQueue: activity.taskQueue, summary }),
    );
  }

  /** Waits until nothing is under way any more: about a minute at most after the last {@link tell}. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #start(event: NotifyEvent, send: () => Promise<unknown>): void {
    // Out of the reach of a cancellation: that the rollout was cancelled is worth telling too.
    const sending = CancellationScope.nonCancellable(send).then(
      () => undefined,
      (error: unknown) => log.warn('A notification was not sent', { event, why: causeOf(error) }),
    );
    this.#underWay.add(sending);
    void sending.finally(() => this.#underWay.delete(sending));
  }
}
