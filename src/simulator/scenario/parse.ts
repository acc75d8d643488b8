import { parseDocument } from 'yaml';
import { z } from 'zod';
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

function readText(text: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length === 0) return document.toJS();
  throw new InvalidScenarioError(
    document.errors.map((error) => ({
      path: `line ${error.linePos?.[0].line ?? '?'}`,
      problem: `can't be read (${error.message.split('\n')[0] ?? error.code})`,
      allowed: 'YAML or JSON',
      remedy: 'Correct the text there',
    })),
  );
}
