import { fileURLToPath } from 'node:url';
import { type CallFigures, environment, figuresOf, regionsOf, simulate } from './fleet.js';
import { MeasuredProcess, type Usage } from './measured-process.js';
import type { Load } from './rows.js';

const SCRIPT = fileURLToPath(new URL('plain-script.js', import.meta.url));

export interface ScriptFigures extends CallFigures {
  /** Of its work, without the start of its process. */
  readonly seconds: number;
  readonly usage: Usage;
}

/** Runs the plain script over a fleet of its own. */
export async function measureScript(load: Load): Promise<ScriptFigures> {
  const simulator = await simulate(load);
  try {
    const args = [regionsOf(load).join(','), String(load.concurrency), String(load.poll)];
    const script = await MeasuredProcess.start(SCRIPT, args, environment(simulator));
    const { lines, usage } = await script.finish();
    const { seconds } = JSON.parse(lines.at(-1) ?? '') as { readonly seconds: number };
    return { seconds, usage, ...figuresOf(simulator) };
  } finally {
    await simulator.close();
  }
}
