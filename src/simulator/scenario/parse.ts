import { z } from 'zod';
import { readYamlDocument } from '../../untrusted/yaml.js';
import { checkInput, type Problem, renderProblems } from './problems.js';
import { accountsSchema, DEFAULT_ACCOUNT, type Scenario, scenarioSchema } from './schema.js';

/** A scenario that can't be simulated. The message lists every problem, with what is allowed and what to do. */
export class InvalidScenarioError extends Error {
  override readonly name = 'InvalidScenarioError';
  readonly type = 'InvalidScenario';

  constructor(readonly problems: readonly Problem[]) {
    super(`The simulator's scenario is not valid:\n${renderProblems(problems)}`);
  }
}

const withAccounts = z.looseObject({ accounts: accountsSchema.default([DEFAULT_ACCOUNT]) });

/**
 * Reads a scenario and fills in its defaults. What it returns is itself a scenario that can be read again.
 *
 * @param source YAML or JSON text, or an object.
 * @throws {InvalidScenarioError} When anything in it is unknown, wrong or not supported.
 * @example parseScenario('fleet: [{ region: us-east-1, prefix: web-, count: 30 }]')
 */
export function parseScenario(source: unknown): Scenario {
  const input = typeof source === 'string' ? readText(source) : source;
  const accounts = withAccounts.safeParse(input);
  const ids = accounts.success ? accounts.data.accounts.map(({ id }) => id) : [];
  const checked = checkInput(scenarioSchema(ids), input);
  if (!checked.ok) throw new InvalidScenarioError(checked.problems);
  return checked.value;
}

/** So many are told of: a text that isn't YAML at all may have one in every character. */
const MAX_FAULTS = 20;

function readText(text: string): unknown {
  const read = readYamlDocument(text);
  if (read.ok) return read.value;
  throw new InvalidScenarioError(
    read.faults.slice(0, MAX_FAULTS).map(({ message, offset = 0 }) => ({
      path: `line ${read.lines.linePos(offset).line}`,
      problem: `can't be read (${message.split('\n')[0]})`,
      allowed: 'YAML or JSON',
      remedy: 'Correct the text there',
    })),
  );
}
