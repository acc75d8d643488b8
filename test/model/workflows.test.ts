import fc from 'fast-check';
import { test } from 'vitest';
import { instance } from '../rollout/builders.js';
import { ModelRun } from './model-run.js';
import { lastWords, type Message, type Scenario, scenarios } from './scenario.js';

/**
 * `MODEL_RUNS=1000` for a long one: a run takes 50 to 200 ms. A failure prints its seed and path, and
 * `MODEL_SEED=… MODEL_PATH=…` with `-t` and the name of the test repeats just that run: nothing in it depends on time, on
 * a server, or on the order in which anything comes. `MODEL_QUICK=1` shows the first failure without shortening it.
 */
const { MODEL_RUNS, MODEL_SEED, MODEL_PATH, MODEL_QUICK } = process.env;

function parameters(numRuns: number) {
  return {
    numRuns: MODEL_RUNS === undefined ? numRuns : Number(MODEL_RUNS),
    endOnFailure: MODEL_QUICK !== undefined || MODEL_PATH !== undefined,
    ...(MODEL_SEED !== undefined && { seed: Number(MODEL_SEED) }),
    ...(MODEL_PATH !== undefined && { path: MODEL_PATH }),
  };
}

/** @returns how many steps it took */
async function carryOut(scenario: Scenario, rollbacks = 0): Promise<number> {
  const run = new ModelRun(scenario);
  await run.run(rollbacks);
  return run.steps;
}

test('a rollout ends as it should, whatever goes wrong in whatever order', () =>
  fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => void (await carryOut(scenario))),
    parameters(30),
  ));

test('a rollout that is ended or stopped at any moment says what became of it', () =>
  fc.assert(
    fc.asyncProperty(lastWords, async (scenario) => void (await carryOut(scenario))),
    parameters(15),
  ));

test('a rollback takes back whatever a rollout has left, and a second one writes nothing', () =>
  fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => void (await carryOut(scenario, 2))),
    parameters(10),
  ));

const SMALL: Omit<Scenario, 'messages'> = {
  spec: {
    name: 'model',
    options: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    targets: { regions: ['us-east-1'] },
    evidence: 'off',
    stages: [{ name: 'rest', size: 'rest' }],
    concurrency: { total: 1, perScope: 1 },
    failure: { max: 0, revert: 'none' },
    rollback: { concurrency: 1 },
    health: { checks: [] },
  },
  fleet: [instance('web-0')],
  tape: [],
  hasJournal: true,
};

test.each<Message>([
  { name: 'abort', input: { mode: 'rollback' } },
  { name: 'revert', input: { names: ['web-0'] } },
  { name: 'revert', input: { names: ['web-0'], count: true } },
])('what is asked to go back goes back, at whichever moment that is asked: $name', async (message) => {
  // In order, so that no moment is left out: the last one is that in which the run ends.
  for (let at = 0; (await carryOut({ ...SMALL, messages: [[at, message]] })) > at; at++);
});
