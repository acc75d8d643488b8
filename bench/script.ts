import { fileURLToPath } from 'node:url';
import { environment, type Load, requireAllDone, simulate } from './fleet.js';
import { MeasuredProcess, type Usage } from './measured-process.js';

const SCRIPT = fileURLToPath(new URL('plain-script.js', import.meta.url));

export interface ScriptFigures {
  /** Of its work, without the start of its process. */
  readonly seconds: number;
  readonly calls: number;
  readonly usage: Usage;
}

/** Runs the plain script over a fleet of its own. */
export async function measureScript(load: Load): Promise<ScriptFigures> {
  const simulator = await simulate(load);
  try {
    const args = [load.regions.join(','), String(load.concurrency), String(load.poll)];
    const script = await MeasuredProcess.start(SCRIPT, args, environment(simulator));
    const { lines, usage } = await script.finish();
    requireAllDone(simulator, 'the plain script');
    const { seconds } = JSON.parse(lines.at(-1) ?? '') as { readonly seconds: number };
    return { seconds, calls: simulator.state.calls().length, usage };
  } finally {
    await simulator.close();
  }
}
