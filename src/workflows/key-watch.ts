import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import type { ControlActivities } from '../activities/index.js';
import {
  AccountKeys,
  describeRefusal,
  type KeysRefused,
  keysRefusedSchema,
  PLANNING_WAIT,
  PROBE_BACKOFF,
  remindAfter,
} from '../rollout/account-keys.js';
import { formatDuration } from '../rollout/duration.js';
import { messageOf } from '../rollout/error-message.js';
import { controlQueue } from '../rollout/queues.js';
import type { Place } from '../rollout/reach.js';
import { cutSummary } from '../rollout/summary.js';
import { now } from './clock.js';
import { tellBatch } from './orders.js';
import type { RunState } from './run-state.js';
import { tellRestoring } from './tell-restoring.js';

/** Waits until calls of an account are accepted: one call a minute, and nothing in history meanwhile. */
function awaitKeys({ account, region }: KeysRefused): Promise<void> {
  const { lightsailImdsAwaitKeys } = proxyActivities<Pick<ControlActivities, 'lightsailImdsAwaitKeys'>>({
    summary: cutSummary(`until calls of ${account ?? "the worker's own account"} are accepted`),
    taskQueue: controlQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '2m',
    retry: { initialInterval: PROBE_BACKOFF.first, backoffCoefficient: 2, maximumInterval: PROBE_BACKOFF.longest },
  });
  return lightsailImdsAwaitKeys({ region, ...(account !== undefined && { account }) });
}

/**
 * Waits for keys that are refused, for the whole run: notifies of it again and again, probes the account, lets the batches
 * go on once it is accepted, and halts where that takes longer than the spec allows.
 */
export class KeyWatch {
  constructor(private readonly state: RunState) {}

  /** Returns at once. @param probeAfter - milliseconds */
  follow(refused: KeysRefused, probeAfter: number): void {
    // A message may be what has brought it, whose handler a cancellation of the run would reach.
    CancellationScope.nonCancellable(() => this.#follow(refused, probeAfter)).catch((error: unknown) => {
      this.state.keys.giveUp(refused.account);
      this.state.halt({ reason: `the keys can't be waited for: ${messageOf(error)}`, restore: false });
      this.#goOn();
    });
  }

  async #follow(refused: KeysRefused, probeAfter: number): Promise<void> {
    const { state } = this;
    const { account } = refused;
    let isAccepted = false;
    const isOver = () => isAccepted || !state.waitsForKeys;
    const probing = new CancellationScope();
    const probe = probing.run(async () => {
      await sleep(probeAfter, { summary: 'until the keys are tried again' });
      await awaitKeys(refused);
      isAccepted = true;
    });
    let failure: unknown;
    probe.catch((error: unknown) => {
      if (!isCancellation(error)) failure = error;
    });
    const until = (state.keys.find(account)?.since ?? now()) + state.keysWait;
    for (let told = 1; !isOver() && failure === undefined && now() < until; told += 1) {
      const ms = Math.min(until - now(), remindAfter(told));
      const isDone = await condition(() => isOver() || failure !== undefined, ms, { summary: 'reminder of the keys' });
      if (isDone || now() >= until) continue;
      state.notifier?.tell('hold', { what: `waits for credentials: ${describeRefusal(refused)}`, reminder: true });
    }
    probing.cancel();
    if (isAccepted) {
      state.keys.accept(account, now());
      state.note(
        `the keys for ${account === undefined ? "the worker's own account" : `account ${account}`} are accepted`,
      );
    } else {
      state.keys.giveUp(account);
      if (failure !== undefined) throw failure;
      if (!isOver()) this.#giveUp(refused);
    }
    this.#goOn();
  }

  #giveUp(refused: KeysRefused): void {
    const { state } = this;
    const reason = `waited ${formatDuration(state.keysWait)} for credentials: ${describeRefusal(refused)}`;
    // Of a way back nothing is left to decide: what isn't back is named.
    if (state.phase === 'reverting') state.note(reason);
    else state.halt({ reason, restore: false });
  }

  #goOn(): void {
    void tellBatch(this.state);
    void tellRestoring(this.state);
    this.state.show();
  }
}

/** Who waits where a reading is refused for the caller's keys. */
export interface KeysGate {
  /** A call was accepted. */
  readonly accepted: (place: Place) => void;
  /** @returns false where it isn't waited for, or was in vain */
  readonly wait: (refused: KeysRefused) => Promise<boolean>;
}

/** While a rollout plans: unknown keys are waited for only where calls were accepted before, and none for long. */
export function planningGate(state: RunState): KeysGate {
  return {
    accepted: (place) => state.keys.noteAccepted(place),
    wait: async (refused) => {
      if (!refused.isLapsed && !state.keys.hasAccepted(refused)) return false;
      state.refuse(refused);
      const since = state.keys.find(refused.account)?.since ?? now();
      const left = Math.max(1, since + Math.min(PLANNING_WAIT, state.keysWait) - now());
      return condition(() => !state.isRefused(refused.account), left, { summary: 'for keys, to go on planning' });
    },
  };
}

/** In a rollout that goes on, or goes back. */
export function runningGate(state: RunState): KeysGate {
  return {
    accepted: (place) => state.keys.noteAccepted(place),
    wait: async (refused) => {
      state.refuse(refused);
      await condition(() => !state.isRefused(refused.account) || state.stop !== undefined);
      return state.keys.find(refused.account) === undefined;
    },
  };
}

/** For a plan that no rollout is begun with. */
export function planGate(): KeysGate {
  const keys = new AccountKeys();
  return {
    accepted: (place) => keys.noteAccepted(place),
    wait: async (refused) => {
      if (!refused.isLapsed && !keys.hasAccepted(refused)) return false;
      try {
        await CancellationScope.withTimeout(PLANNING_WAIT, () => awaitKeys(refused));
        return true;
      } catch (error) {
        if (CancellationScope.current().consideredCancelled) throw error;
        return false;
      }
    },
  };
}

const detailSchema = z.object({ refused: keysRefusedSchema });

/** What the failure of an activity says of the caller's keys. */
export function refusalIn(error: unknown): KeysRefused | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  return detailSchema.safeParse(cause.details?.[0]).data?.refused;
}
