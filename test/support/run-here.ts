import { vi } from 'vitest';
import { run } from '../../src/cli/program.js';

export interface HereEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command line in this process, which spares a test the start of another one: one after the other, since they share
 * the environment and the output. Nothing of it may outlive it.
 *
 * @param env - instead of this process's own, for as long as it runs
 */
export function runHere(words: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<HereEnd> {
  const turn = last.then(() => capture(words, env));
  last = turn.catch(() => {});
  return turn;
}

async function capture(words: readonly string[], env: NodeJS.ProcessEnv): Promise<HereEnd> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((part) => {
      said[name] += String(part);
      return true;
    }),
  );
  const before = process.env;
  process.env = { ...env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  try {
    const code = await run(['node', 'imds-rollout', ...words]);
    return { code, ...said };
  } finally {
    process.env = before;
    for (const spy of spies) spy.mockRestore();
  }
}
