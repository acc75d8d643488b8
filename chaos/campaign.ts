import { availableParallelism } from 'node:os';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { judge } from './judge/index.js';
import { type Lane, openLane } from './lane.js';
import { play } from './play.js';
import { type Script, scripts } from './script/index.js';
import { type Ground, prepareGround } from './server.js';
import { tell } from './story.js';
import { type RunEnd, Tally } from './tally.js';

export interface CampaignOptions {
  readonly runs: number;
  /** Of the first run; each next one has the next seed. */
  readonly seed: number;
  /** Runs at the same time. Default: four for each core, since most of a run is waiting. */
  readonly lanes?: number;
  /** Look for a smaller script that fails too. */
  readonly shrink?: boolean;
  /** Stop at the first run that fails. */
  readonly bail?: boolean;
  readonly onRun?: (run: RunEnd, tally: Tally) => void;
}

/** Plays runs that nobody picked by hand, and judges each from outside. */
export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  const ground = await prepareGround();
  const tally = new Tally();
  const seeds = Array.from({ length: options.runs }, (_, index) => options.seed + index);
  const lanes = Math.min(options.lanes ?? 4 * availableParallelism(), options.runs);
  let isOver = false;
  const work = async () => {
    const stage = new Stage(ground, tally);
    try {
      for (let seed = next(seeds, stage); seed !== undefined && !isOver; seed = next(seeds, stage)) {
        const end = await runSeed(stage, seed, options.shrink === true);
        tally.add(end);
        options.onRun?.(end, tally);
        isOver ||= options.bail === true && end.violations.length > 0;
      }
    } finally {
      await stage.close();
    }
  };
  try {
    const ends = await Promise.allSettled(Array.from({ length: lanes }, work));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    tally.serverKills = ground.kills;
    await ground.close();
  }
  return tally;
}

/** A script that fails, made smaller for as long as this, in milliseconds. */
const SHRINK_FOR = 600_000;

/** Of every other seed the workers are versions of a deployment. */
function isVersioned(seed: number): boolean {
  return seed % 2 === 1;
}

/** The next seed for which the workers of the stage will do, or else just the next one. */
function next(seeds: number[], stage: Stage): number | undefined {
  const place = seeds.findIndex((seed) => stage.suits(isVersioned(seed)));
  return seeds.splice(Math.max(0, place), 1)[0];
}

async function runSeed(stage: Stage, seed: number, shrink: boolean): Promise<RunEnd> {
  const start = Date.now();
  let last: Played = { violations: [], story: [] };
  const property = fc.asyncProperty(scripts, async (script) => {
    const played = await stage.run(script, isVersioned(seed));
    if (played.violations.length > 0) last = played;
    return played.violations.length === 0;
  });
  const checked = await fc.check(property, {
    seed,
    numRuns: 1,
    endOnFailure: !shrink,
    ...(shrink && { interruptAfterTimeLimit: SHRINK_FOR }),
  });
  const [script = scriptOf(seed)] = checked.counterexample ?? [];
  // A run that broke off before it could be judged isn't one that passed.
  if (checked.failed && last.violations.length === 0) throw checked.errorInstance;
  return { seed, script, ...last, seconds: (Date.now() - start) / 1_000 };
}

function scriptOf(seed: number): Script {
  const [script] = fc.sample(scripts, { seed, numRuns: 1 });
  if (script === undefined) throw new Error('a seed makes no script');
  return script;
}

type Played = Pick<RunEnd, 'violations' | 'story'>;

/** A lane that is taken down after a run that failed: what it left behind must not fail the next one. */
class Stage {
  #lane: Lane | undefined;

  constructor(
    private readonly ground: Ground,
    private readonly tally: Tally,
  ) {}

  suits(isVersioned: boolean): boolean {
    return this.#lane === undefined || this.#lane.isVersioned === isVersioned;
  }

  async run(script: Script, isVersioned: boolean): Promise<Played> {
    let played: Played;
    try {
      if (!this.suits(isVersioned)) await this.close();
      this.#lane ??= await openLane(this.ground, isVersioned);
      const lane = this.#lane;
      const evidence = await play(script, lane);
      this.tally.see(evidence);
      played = { violations: judge(evidence), story: tell(evidence) };
    } catch (error) {
      played = { violations: [inspect(error)], story: [] };
    }
    if (played.violations.length > 0) await this.close();
    return played;
  }

  async close(): Promise<void> {
    const lane = this.#lane;
    this.#lane = undefined;
    this.tally.workerKills += lane?.workers.kills ?? 0;
    await lane?.close();
  }
}
