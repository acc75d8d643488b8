import type { RolloutStatus } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';
import { partsOf } from '../render/bar.js';
import { isBack } from '../render/stages.js';

/** What is known beforehand of the stages: their bakes, and whom they wait for. */
export interface Forecast {
  readonly stages: readonly {
    readonly name: string;
    /** Milliseconds. */
    readonly bake: number;
    readonly needsApproval: boolean;
  }[];
  /** Windows or freezes may hold it. */
  readonly hasCalendar: boolean;
}

/** How fast it goes, as far as that can be told. */
export interface Pace {
  /** Instances a minute. */
  readonly perMinute: number;
  /** Over how long that was seen, in milliseconds; holds not counted. */
  readonly seenFor: number;
}

export interface TimeLeft {
  /** Milliseconds, the bakes included. */
  readonly ms: number;
  /** Of which so many are bakes. */
  readonly bakes: number;
  /** What is not in it, though it may take long. */
  readonly without: readonly string[];
}

/** Progress at one time. */
interface Step {
  /** Milliseconds of work. */
  readonly at: number;
  readonly settled: number;
}

/** Older steps say little of now. */
const WINDOW = 5 * 60_000;
/** With fewer settled instances, steps or seconds a pace would be chance. */
const ENOUGH = { settled: 5, steps: 3, ms: 5_000 } as const;

/** Whoever hasn't looked for so long, as while suspended, doesn't know what happened meanwhile; milliseconds. */
const LONGEST_GAP = 30_000;

/**
 * Measures how many instances are settled in a minute, from what a watcher sees. Only the time counts in which it works:
 * neither a bake nor a pause makes a rollout slow.
 *
 * Progress is told in steps (see `reportPace`: a batch tells of it at most every 2 s, and of ten at once), so it is measured
 * from step to step; but a step that is overdue slows the pace.
 */
export class PaceMeter {
  #steps: Step[] = [];
  #active = 0;
  #last:
    | { readonly at: number; readonly isMoving: boolean; readonly settled: number; readonly what: string }
    | undefined;

  /** @param now - milliseconds */
  see(status: RolloutStatus, now: number, kind: RunKind): void {
    const what = isBack(status, kind) ? 'back' : 'forth';
    const settled = settledIn(status, kind);
    const isMoving = isWorking(status);
    const last = this.#last;
    const isGap = last !== undefined && now - last.at > LONGEST_GAP;
    if (last?.what !== what || settled < last.settled || isGap) {
      this.#steps = [];
      this.#active = 0;
    } else if (last.isMoving && isMoving) {
      this.#active += Math.max(0, now - last.at);
    }
    if (isMoving && (this.#steps.length === 0 || settled !== this.#steps.at(-1)?.settled)) {
      this.#steps.push({ at: this.#active, settled });
      const oldest = this.#active - WINDOW;
      while (this.#steps.length > ENOUGH.steps && (this.#steps[1]?.at ?? 0) < oldest) this.#steps.shift();
    }
    this.#last = { at: now, isMoving, settled, what };
  }

  /** Undefined while too little was seen. */
  pace(): Pace | undefined {
    // When the first step began isn't known: it was under way when the watch began.
    const [, first, ...later] = this.#steps;
    const last = later.at(-1);
    if (first === undefined || last === undefined || this.#steps.length < ENOUGH.steps) return undefined;
    const gaps = later.map(({ at }, index) => at - (later[index - 1] ?? first).at);
    const longestGap = Math.max(...gaps);
    const seenFor = Math.max(last.at, this.#active - longestGap) - first.at;
    const settled = last.settled - first.settled;
    if (settled < ENOUGH.settled || seenFor < ENOUGH.ms) return undefined;
    return { perMinute: (settled / seenFor) * 60_000, seenFor };
  }
}

/** Changes go on, or what comes with them: the last look after a bake takes its time at every stage. */
export function isWorking({ phase, waiting }: Pick<RolloutStatus, 'phase' | 'waiting'>): boolean {
  if (waiting !== null) return waiting.for === 'bake' && waiting.until === undefined;
  return phase === 'applying' || phase === 'reverting';
}

function settledIn(status: RolloutStatus, kind: RunKind): number {
  const { done, back, failed, skipped } = partsOf(status.counts);
  return isBack(status, kind) ? back : done + back + failed + skipped;
}

/**
 * How long it still takes at this pace; undefined where that can't be said. What depends on people, readings or the
 * calendar is named and not counted.
 *
 * @param now - milliseconds
 */
export function timeLeft(
  status: RolloutStatus,
  { pace, forecast }: { readonly pace: Pace | undefined; readonly forecast: Forecast | undefined },
  now: number,
  kind: RunKind,
): TimeLeft | undefined {
  const { phase, waiting, aborted, counts, budget } = status;
  if (phase === 'planning' || phase === 'verifying' || phase === 'ended') return undefined;
  const parts = partsOf(counts);
  if (isBack(status, kind)) {
    if (pace === undefined) return undefined;
    return { ms: minutes((counts.changed ?? 0) / pace.perMinute), bakes: 0, without: [] };
  }
  // What stops has nothing before it but what is in flight.
  if (aborted !== undefined || budget.tripped !== undefined || forecast === undefined) return undefined;
  const open = parts.waiting + parts.flight;
  if (open > 0 && pace === undefined) return undefined;
  const { bakes, without } = ahead(status, forecast, now);
  const changes = pace === undefined ? 0 : minutes(open / pace.perMinute);
  const held =
    waiting !== null && waiting.for !== 'bake' && waiting.for !== 'approval' ? ['what it waits for now'] : [];
  return { ms: changes + bakes, bakes, without: [...held, ...without] };
}

/** The bakes that are still to come, the rest of the current one included, and whom the stages wait for. */
function ahead(
  { stages, stage, waiting }: RolloutStatus,
  forecast: Forecast,
  now: number,
): { readonly bakes: number; readonly without: readonly string[] } {
  const current = stages.findIndex(({ name }) => name === stage);
  let bakes = 0;
  const approvals: string[] = [];
  for (const [index, { name, size }] of stages.entries()) {
    const known = forecast.stages.find((each) => each.name === name);
    if (size === 0 || index < current || known === undefined) continue;
    const isNow = index === current;
    if (isNow && waiting?.for === 'bake') {
      // Without an end it is the last look of a bake that is over.
      bakes += waiting.until === undefined ? 0 : Math.max(0, Date.parse(waiting.until) - now);
    } else {
      bakes += known.bake;
    }
    if (known.needsApproval && (!isNow || waiting?.for === 'approval')) approvals.push(name);
  }
  return {
    bakes,
    without: [
      ...(approvals.length > 0 ? [`the approval of ${approvals.join(', ')}`] : []),
      ...(forecast.hasCalendar ? ['windows and freezes'] : []),
    ],
  };
}

function minutes(count: number): number {
  return count * 60_000;
}
