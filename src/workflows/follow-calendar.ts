import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Calendar } from '../rollout/calendar.js';
import { messageOf } from '../rollout/error-message.js';
import { controlActivities, throwingItsCause } from './activity-options.js';
import { isoTime, now } from './clock.js';
import { tellBatch } from './orders.js';
import type { RunState } from './run-state.js';

/** Waits for no shorter time, in milliseconds: two clocks may differ by a little about when a window closes. */
const SHORTEST = 1_000;

/**
 * Reads the windows and freezes now, and again whenever they open or close, until the scope that it returns is cancelled.
 *
 * @throws ApplicationFailure of type `InvalidRolloutSpec` for a time zone that doesn't exist
 */
export async function followCalendar(state: RunState, calendar: Calendar): Promise<CancellationScope> {
  const scope = new CancellationScope();
  if (calendar.windows.length === 0 && calendar.freeze.length === 0) return scope;
  await read(state, calendar);
  const following = scope.run(async () => {
    for (let until = state.calendar?.until; until !== undefined; until = state.calendar?.until) {
      const summary = state.calendar?.open ? 'no new changes from then on' : 'new changes from then on';
      await sleep(Math.max(SHORTEST, until - now()), { summary });
      await read(state, calendar);
      void tellBatch(state);
    }
  });
  following.catch((error: unknown) => {
    if (isCancellation(error)) return;
    state.halt({ reason: `the windows can't be read any more: ${messageOf(error)}`, restore: false });
    void tellBatch(state);
  });
  return scope;
}

async function read(state: RunState, calendar: Calendar): Promise<void> {
  const was = state.calendar;
  const { lightsailImdsReadCalendar } = controlActivities('windows and freezes');
  state.calendar = await throwingItsCause(lightsailImdsReadCalendar({ calendar, now: now() }));
  const { open, until } = state.calendar;
  if (open && was !== undefined) state.note('new changes may start again');
  if (!open) state.note(`no new changes until ${isoTime(until)} (${state.calendar.for})`);
}
