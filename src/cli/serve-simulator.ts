import { once } from 'node:events';
import { parseScenario, type Simulator, startSimulator } from '../simulator/index.js';
import type { SimulatorFlags } from './commands/simulator.js';
import { CliError } from './errors.js';
import { createOutput } from './output.js';
import { listenForInterrupts } from './signals.js';
import { readSource } from './source.js';

/** Runs a simulator until it is told to stop. */
export async function serveSimulator({ port, host, scenario }: SimulatorFlags): Promise<void> {
  const { note } = createOutput();
  const interruption = listenForInterrupts();
  const parsed = scenario === undefined ? undefined : parseScenario(await readSource(scenario));
  const simulator = await listen({ port, host, scenario: parsed });
  const { url, env } = simulator;
  process.stdout.write(`${JSON.stringify({ url, env })}\n`);
  note(`Simulated Lightsail at ${url}; Ctrl-C stops it. Calls so far: ${url}/_sim/calls`);
  if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
  await simulator.close();
}

async function listen(options: Parameters<typeof startSimulator>[0] & object): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES' && code !== 'ENOTFOUND') throw error;
    throw new CliError(
      'BadInput',
      `${options.host}:${options.port} can't be listened on (${code}): choose another, or --port 0.`,
      {
        cause: error,
      },
    );
  }
}
