import { type Spread, spread } from './figures.js';
import { idealSeconds, type Load } from './fleet.js';
import { measureRollout, type Place, type RolloutFigures } from './rollout.js';
import { measureScript, type ScriptFigures } from './script.js';

/** What one load took, over all rounds. */
export interface Comparison {
  readonly load: Load;
  readonly ideal: number;
  readonly rollouts: readonly RolloutFigures[];
  readonly scripts: readonly ScriptFigures[];
}

/** The script and the rollout in turn, so that a machine that grows slower slows both. */
export async function compare(
  place: Place,
  load: Load,
  rounds: number,
  onStep: (step: string) => void,
): Promise<Comparison> {
  const rollouts: RolloutFigures[] = [];
  const scripts: ScriptFigures[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // Where calls are refused for their rate the script gives up, after ten attempts at one of them.
    if (!load.compliant && load.throttle === undefined) {
      const script = await measureScript(load);
      scripts.push(script);
      onStep(`${round}/${rounds} the plain script: ${script.seconds.toFixed(2)} s`);
    }
    const rollout = await measureRollout(place, load);
    rollouts.push(rollout);
    onStep(`${round}/${rounds} the rollout: ${rollout.seconds.toFixed(2)} s`);
  }
  return { load, ideal: idealSeconds(load), rollouts, scripts };
}

/** Of a comparison, by name: what is printed, and written as JSON. */
export function summarize({ load, ideal, rollouts, scripts }: Comparison) {
  const { instances } = load;
  const of = (pick: (figures: RolloutFigures) => number): Spread => spread(rollouts.map(pick));
  const worker = (pick: (usage: RolloutFigures['workers'][number]) => number) =>
    of(({ workers }) => Math.max(...workers.map(pick)));
  return {
    'wall, seconds': of(({ seconds }) => seconds),
    'wall of the script, seconds': spread(scripts.map(({ seconds }) => seconds)),
    // Each rollout beside the script of its own round.
    'wall, of the script’s': spread(
      rollouts.map(({ seconds }, round) => seconds / (scripts[round]?.seconds ?? Number.NaN)),
    ),
    'wall, of the ideal': of(({ seconds }) => seconds / ideal),
    'API calls': of(({ calls }) => calls),
    'API calls per instance': of(({ calls }) => calls / instances),
    'API calls per instance, script': spread(scripts.map(({ calls }) => calls / instances)),
    'API calls a second': of(({ rate }) => rate),
    'history events': of(({ history }) => history.events),
    'history events per instance': of(({ history }) => history.events / instances),
    'history bytes per instance': of(({ history }) => history.bytes / instances),
    'bytes of it in the rollout’s own': of(({ history }) => history.ownBytes / instances),
    'most in flight': of(({ history }) => history.mostInFlight),
    'CPU of a worker, seconds': worker(({ cpuSeconds }) => cpuSeconds),
    'CPU of the script, seconds': spread(scripts.map(({ usage }) => usage.cpuSeconds)),
    'peak memory of a worker, MB': worker(({ peakMegabytes }) => peakMegabytes),
    'peak memory of the script, MB': spread(scripts.map(({ usage }) => usage.peakMegabytes)),
    'status shown after, seconds': of(({ statusSeconds }) => statusSeconds),
    'report shown after, seconds': of(({ reportSeconds }) => reportSeconds),
    'worker ready after, seconds': spread(rollouts.flatMap(({ readySeconds }) => readySeconds)),
  } satisfies Record<string, Spread>;
}
