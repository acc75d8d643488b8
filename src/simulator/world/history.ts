import { failingSince, healthTurns } from './health.js';
import type { SimulatedInstance } from './instance.js';
import { defaultOptions, type MetadataOptions } from './options.js';
import { Timeline } from './timeline.js';

/** What an instance's metrics are made from: how it was since its creation. */
export interface History {
  /** Calls an hour that software on it makes without a token; null while there is no data, or while it isn't running. */
  readonly tokenless: Timeline<number | null>;
  /** Whether the metadata service answers such calls. */
  readonly answersTokenless: Timeline<boolean>;
  /** Whether it fails its checks; null while it isn't running, when nothing checks it. */
  readonly failing: Timeline<boolean | null>;
}

type Recorded = Omit<SimulatedInstance, 'history'>;

/** The history of an instance that begins now. */
export function beginHistory(instance: Recorded): History {
  const { createdAt: at, tokenless } = instance;
  return {
    // One that a scenario has stopped ran before, and there is data of that time.
    tokenless: new Timeline({ at, value: tokenless }),
    answersTokenless: new Timeline({ at, value: answers(instance, instance.change.to) }),
    failing: new Timeline({ at, value: failing(instance, at) }),
  };
}

/** Writes down a change of an instance, whatever it was; called after every one. */
export function recordHistory(instance: SimulatedInstance, now: number): void {
  const { history, change, health } = instance;
  history.tokenless.plan(now, [{ at: now, value: measured(instance, instance.tokenless) }]);
  history.answersTokenless.plan(now, [
    { at: change.appliedAt, value: answers(instance, change.to) },
    { at: change.revertsAt, value: answers(instance, change.from) },
  ]);
  const turns = [now, ...healthTurns(health).filter((at) => at > now)];
  history.failing.plan(
    now,
    turns.map((at) => ({ at, value: failing(instance, at) })),
  );
}

/** An instance that isn't running has no metrics. */
function measured({ state }: Recorded, tokenless: number | null): number | null {
  return state === 'running' ? tokenless : null;
}

/** Options that replies leave out are there all the same. */
function answers({ blueprint, region }: Recorded, options: MetadataOptions | undefined): boolean {
  const { httpTokens, httpEndpoint } = options ?? defaultOptions(blueprint, region);
  return httpTokens !== 'required' && httpEndpoint !== 'disabled';
}

function failing({ state, health }: Recorded, now: number): boolean | null {
  return state === 'running' ? failingSince(health, now) !== undefined : null;
}
