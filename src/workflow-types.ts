import assert from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createContext, Script } from 'node:vm';
import type * as workflows from './workflows/index.js';

type Exports = typeof workflows;
type WorkflowType = {
  [Name in keyof Exports]: Exports[Name] extends (...args: never[]) => Promise<unknown> ? Name : never;
}[keyof Exports];

/** Every workflow type that a rollout needs; the compiler asks about those that are added. */
const TYPES = {
  imdsHealthCheck: true,
  imdsPlan: true,
  imdsRollback: true,
  imdsRollout: true,
  imdsRolloutBatch: true,
  imdsScopeLease: true,
} as const satisfies Record<WorkflowType, true>;

/** Milliseconds; a bundle's modules run in a few dozen. */
const TIMEOUT = 10_000;

/** A worker would take rollouts that it can't run, fail their first task for ever, and say so in its own log only. */
class MissingWorkflowsError extends Error {
  override readonly name = 'MissingWorkflowsError';

  constructor(where: string, missing: readonly string[]) {
    super(
      [
        `The workflows of this worker (${where}) lack ${missing.join(', ')}: rollouts on its task queue would never begin.`,
        "Add this to them, and bundle them anew where they are bundled before: export * from 'lightsail-imds-rollout/workflows';",
        'A worker that is to run the activities alone takes createActivities of lightsail-imds-rollout/activities instead of the plugin.',
      ].join('\n'),
    );
  }
}

/**
 * Refuses a bundle of workflows that lacks any of ours.
 *
 * @param where - what the bundle was made of, for the error
 * @throws MissingWorkflowsError
 */
export function requireWorkflows(code: string, where: string): void {
  const exported = exportsOf(code);
  const isThere = (type: string) => (exported === undefined ? code.includes(type) : exported.has(type));
  const missing = Object.keys(TYPES).filter((type) => !isThere(type));
  if (missing.length > 0) throw new MissingWorkflowsError(where, missing);
}

/**
 * The workflow types of a bundle, found as the SDK finds them: by running its modules, in a context of their own.
 *
 * Undefined where they don't run so, as those that ask for a workflow's clock while they load.
 */
function exportsOf(code: string): ReadonlySet<string> | undefined {
  const console = Object.fromEntries(['debug', 'error', 'info', 'log', 'warn'].map((level) => [level, () => {}]));
  const context = createContext({
    ...{ AbortController, TextDecoder, TextEncoder, URL, URLSearchParams, assert, console },
    AsyncLocalStorage: class extends AsyncLocalStorage<unknown> {},
    // The SDK has webpack keep its modules there.
    __webpack_module_cache__: {},
  });
  try {
    new Script(`${code}\n;globalThis.__TEMPORAL__ = __TEMPORAL__`).runInContext(context, { timeout: TIMEOUT });
    const names: unknown = new Script(
      'Object.entries(__TEMPORAL__.importWorkflows()).flatMap(([name, value]) => (typeof value === "function" ? [name] : []))',
    ).runInContext(context, { timeout: TIMEOUT });
    return new Set(Array.isArray(names) ? names.map(String) : []);
  } catch {
    return undefined;
  }
}
