import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, type TestContext } from 'vitest';
import { waitUntil } from './wait.js';
import { createWorld, type World, type WorldOptions } from './world.js';

/** The readings of usage that reached the service so far, by name. */
export function usageReadings(world: World): string[] {
  return world.simulator.state
    .calls({ operation: 'GetInstanceMetricData' })
    .map(({ instanceName }) => instanceName ?? '')
    .sort();
}

/** In a world of {@link agingWorld} a reading of usage is out of date after this time, in milliseconds. */
const AGE = 400;

type OnTestFinished = TestContext['onTestFinished'];

/** A world whose workflows take a reading for old after a moment, not after an hour; all else is as it is shipped. */
export async function agingWorld(
  options: WorldOptions & { readonly onTestFinished: OnTestFinished },
): Promise<World & { untilOld(): Promise<void> }> {
  const code = await readFile(inject('workflowBundle'), 'utf8');
  // Code that is measured counts before the value.
  const aged = code.replaceAll(/\b(MAX_EVIDENCE_AGE = (?:\([^;]*, )?)3_?600_?000\b/g, `$1${AGE}`);
  if (aged === code) throw new Error('the bundle has no MAX_EVIDENCE_AGE of an hour');
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-aged-'));
  options.onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const codePath = join(folder, 'workflows.js');
  await writeFile(codePath, aged);
  const world = await createWorld({
    ...options,
    workerOptions: { ...options.workerOptions, workflowBundle: { codePath } },
  });
  const untilOld = () => {
    const since = Date.now();
    return waitUntil('the readings are old', () => Date.now() > since + AGE);
  };
  return { ...world, untilOld };
}
