import { InvalidRolloutSpecError, type RolloutResult } from '../client/index.js';
import { readRollout } from '../history/index.js';
import { listNames } from '../rollout/bounds.js';
import { parseSpec, type RolloutSpec, type RolloutSpecInput } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { findRollout } from './find-rollout.js';
import type { ConnectionFlags, JsonFlag } from './flags.js';
import { commandLine } from './next-command.js';
import type { Output } from './output.js';
import { cleanLine } from './render/clean.js';
import { rolloutJson } from './rollout-json.js';
import { type StartFlags, startRollout } from './start-rollout.js';
import { type Session, withSession } from './temporal.js';

export interface RetryFlags
  extends ConnectionFlags,
    JsonFlag,
    Pick<StartFlags, 'yes' | 'watch' | 'wait' | 'taskQueue'> {
  readonly runId?: string;
}

const ANSWER_TIMEOUT = 30_000;

/** What is tried again, and with which spec. */
interface Retry {
  readonly spec: RolloutSpec;
  readonly input: RolloutSpecInput;
  /** `region/name` */
  readonly names: readonly string[];
  /** Failed and blocked ones that the result has no room for. */
  readonly leftOut: number;
  readonly workflowId: string;
  readonly taskQueue: string;
}

/** Starts a rollout over what has failed or was blocked, as `start` does. @returns the exit code */
export async function startRetry(id: string, flags: RetryFlags, output: Output): Promise<number> {
  const retry = await withSession(flags, (session) => readRetry(session, id, flags, output));
  if (retry === undefined) return EXIT.done;
  const { spec, input, names, leftOut, workflowId, taskQueue } = retry;
  output.print(`Tries ${countOf(names.length, 'instance')} of ${spec.name} again: ${cleanLine(listNames(names))}.`, '');
  if (leftOut > 0) {
    output.note(
      `The result names no more than these; ${countOf(leftOut, 'other exception')} may be among what is left: retry again after this one, or start the spec again.`,
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
  if (names.length === 0) {
    output.print(`Nothing of ${workflowId} has failed or was blocked: there is nothing to try again.`);
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
    leftOut: result.exceptionsLeftOut ?? 0,
    workflowId: `${workflowId}/retry/${runId.slice(0, 8)}`,
    taskQueue: flags.taskQueue ?? taskQueue,
  };
}

/** A waived instance stays blocked whatever is tried. */
function toRetry({ exceptions }: RolloutResult): string[] {
  return exceptions
    .filter(({ outcome }) => /^(failed|blocked)\b/.test(outcome) && !outcome.startsWith('blocked(waived)'))
    .map(({ scope, name }) => `${scope.split(':')[1]}/${name}`);
}
