import { type Spread, spread } from './figures.js';
import { type Ideal, idealOf } from './ideal.js';
import { measureRollout, type Place, type RolloutFigures } from './rollout.js';
import type { Load } from './rows.js';
import { measureScript, type ScriptFigures } from './script.js';

/** What one load took, over all rounds. */
export interface Comparison {
  readonly load: Load;
  readonly ideal: Ideal;
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
    const script = await measureScript(load);
    scripts.push(script);
    onStep(`${round}/${rounds} the plain script: ${script.seconds.toFixed(2)} s`);
    const rollout = await measureRollout(place, load);
    rollouts.push(rollout);
    onStep(`${round}/${rounds} the rollout: ${rollout.seconds.toFixed(2)} s`);
  }
  return { load, ideal: idealOf(load), rollouts, scripts };
}

/** Instances that either side has left as they were. */
export function failuresOf({ rollouts, scripts }: Comparison): number {
  return [...rollouts, ...scripts].reduce((sum, { failed }) => sum + failed, 0);
}

/** Of a comparison, by name: what is printed, and written as JSON. */
export function summarize({ load, ideal, rollouts, scripts }: Comparison) {
  const { instances } = load;
  const of = (pick: (figures: RolloutFigures) => number): Spread => spread(rollouts.map(pick));
  const script = (pick: (figures: ScriptFigures) => number): Spread => spread(scripts.map(pick));
  const most = (pick: (usage: RolloutFigures['workers'][number]) => number) =>
    of(({ workers }) => Math.max(...workers.map(pick)));
  const cpu = (used: number) => (used / instances) * 1_000;
  return {
    'wall, seconds': of(({ seconds }) => seconds),
    'wall of the script, seconds': script(({ seconds }) => seconds),
    // Each rollout beside the script of its own round.
    'wall, of the script’s': spread(
      rollouts.map(({ seconds }, round) => seconds / (scripts[round]?.seconds ?? Number.NaN)),
    ),
    'wall, of the ideal': of(({ seconds }) => seconds / ideal.seconds),
    'wall of the script, of the ideal': script(({ seconds }) => seconds / ideal.seconds),
    'API calls per instance': of(({ calls }) => calls / instances),
    'API calls per instance, script': script(({ calls }) => calls / instances),
    'throttled, % of the calls': of(({ throttled }) => throttled * 100),
    'throttled, % of the calls, script': script(({ throttled }) => throttled * 100),
    'API calls a second': of(({ rate }) => rate),
    'API calls a second, script': script(({ rate }) => rate),
    'failed instances': of(({ failed }) => failed),
    'failed instances, script': script(({ failed }) => failed),
    'history events per instance': of(({ history }) => history.events / instances),
    'history bytes per instance': of(({ history }) => history.bytes / instances),
    'bytes of it in the rollout’s own': of(({ history }) => history.ownBytes / instances),
    'most in flight': of(({ history }) => history.mostInFlight),
    'CPU of the workers per instance, ms': of(({ workers }) =>
      cpu(workers.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)),
    ),
    'CPU of the script per instance, ms': script(({ usage }) => cpu(usage.cpuSeconds)),
    'peak memory of a worker, MB': most(({ peakMegabytes }) => peakMegabytes),
    'peak memory of the script, MB': script(({ usage }) => usage.peakMegabytes),
    'status shown after, seconds': of(({ statusSeconds }) => statusSeconds),
    'report shown after, seconds': of(({ reportSeconds }) => reportSeconds),
    'worker ready after, seconds': spread(rollouts.flatMap(({ readySeconds }) => readySeconds)),
  } satisfies Record<string, Spread>;
}
