import { InvalidRolloutSpecError, type RolloutResult } from '../client/index.js';
import { readRollout } from '../history/index.js';
import { listNames } from '../rollout/bounds.js';
import { cleanLine } from '../rollout/clean.js';
import { parseSpec, type RolloutSpec, type RolloutSpecInput } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { findRollout } from './find-rollout.js';
import type { ConnectionFlags, JsonFlag } from './flags.js';
import { commandLine, isRetried, isWaived } from './next-command.js';
import type { Output } from './output.js';
import { rolloutJson } from './rollout-json.js';
import { refuseIdleConfig, type StartFlags, startRollout } from './start-rollout.js';
import { type Session, withSession } from './temporal.js';

export interface RetryFlags
  extends ConnectionFlags,
    JsonFlag,
    Pick<StartFlags, 'config' | 'yes' | 'watch' | 'wait' | 'taskQueue'> {
  readonly runId?: string;
}

const ANSWER_TIMEOUT = 30_000;

/** What is tried again, and with which spec. */
interface Retry {
  readonly spec: RolloutSpec;
  readonly input: RolloutSpecInput;
  /** `account/region/name` */
  readonly names: readonly string[];
  /** Failed and blocked ones that the result has no room to name. */
  readonly leftOut: number;
  /** Those that stay blocked whatever is tried. */
  readonly waived: number;
  readonly workflowId: string;
  readonly taskQueue: string;
}

/** Starts a rollout over what has failed or was blocked, as `start` does. @returns the exit code */
export async function startRetry(id: string, flags: RetryFlags, output: Output): Promise<number> {
  refuseIdleConfig(flags);
  const retry = await withSession(flags, (session) => readRetry(session, id, flags, output));
  if (retry === undefined) return EXIT.done;
  const { spec, input, names, leftOut, waived, workflowId, taskQueue } = retry;
  output.print(
    `Tries ${countOf(names.length, 'instance')} of ${spec.name} again: ${cleanLine(listNames(shorten(names)))}.`,
    '',
  );
  if (waived > 0) output.note(`${describeWaived(waived)}.`);
  if (leftOut > 0) {
    output.note(
      `The result has no room to name the other ${leftOut} that failed or were blocked. Once this has ended, start the spec again: what is changed by then stays as it is.`,
    );
  }
  const { runId: _, ...own } = flags;
  return startRollout({ spec, input }, { ...own, taskQueue, workflowId, only: [...names] }, output);
}

/** @returns undefined where there is nothing to try again */
async function readRetry(session: Session, id: string, flags: RetryFlags, output: Output): Promise<Retry | undefined> {
  const found = await findRollout(session, id, flags.runId);
  const { workflowId, runId, taskQueue, handle } = found;
  if (found.kind === 'rollback') {
    throw new CliError(
      'BadInput',
      `${workflowId} is a rollback. What it has left takes another one: rollback writes only where it has to.`,
    );
  }
  if (found.isOpen) {
    const watch = commandLine('watch', workflowId, flags);
    throw new CliError(
      'RolloutOpen',
      `Rollout ${workflowId} is still open, so its failures aren't all known. Wait for its end:\n  ${watch}`,
    );
  }
  const { result } = await session.within(ANSWER_TIMEOUT, () => handle.result());
  if (result === undefined) {
    throw new CliError(
      'BadInput',
      `Rollout ${workflowId} has ended without a result, so nobody knows what has failed. Start its spec again: what is changed already stays as it is.`,
    );
  }
  const names = toRetry(result);
  const waived = result.exceptions.filter(({ outcome }) => isWaived(outcome)).length;
  if (names.length === 0) {
    const what = waived > 0 ? `Nothing else of ${workflowId}` : `Nothing of ${workflowId}`;
    if (waived > 0) output.print(`${describeWaived(waived)}.`);
    output.print(`${what} has failed or was blocked: there is nothing to try again.`);
    output.result(rolloutJson(session, found, { state: 'ended', outcome: await handle.result(), exitCode: EXIT.done }));
    return undefined;
  }
  const { specInput } = await readRollout(session.client, workflowId, runId);
  const parsed = parseSpec(specInput, new Date().toISOString().slice(0, 10));
  if (!parsed.ok) throw new InvalidRolloutSpecError(parsed.problems);
  return {
    spec: parsed.spec,
    // It was accepted as such when the rollout was started.
    input: specInput as RolloutSpecInput,
    names,
    leftOut: unnamed(result, names.length + waived),
    waived,
    workflowId: `${workflowId}/retry/${runId.slice(0, 8)}`,
    taskQueue: flags.taskQueue ?? taskQueue,
  };
}

/** How many have failed or were blocked that the exceptions don't name. */
function unnamed({ counts, exceptionsLeftOut = 0 }: RolloutResult, named: number): number {
  return Math.min(exceptionsLeftOut, Math.max(0, (counts.failed ?? 0) + (counts.blocked ?? 0) - named));
}

function describeWaived(count: number): string {
  return `${countOf(count, 'instance')} waived by the spec ${count === 1 ? 'stays' : 'stay'} blocked`;
}

/** The account is told only where there are several. */
function shorten(names: readonly string[]): string[] {
  const accounts = new Set(names.map((name) => name.split('/')[0]));
  return accounts.size > 1 ? [...names] : names.map((name) => name.split('/').slice(1).join('/'));
}

function toRetry({ exceptions }: RolloutResult): string[] {
  return exceptions
    .filter(({ outcome }) => isRetried(outcome))
    .map(({ scope, name }) => `${scope.replace(':', '/')}/${name}`);
}
