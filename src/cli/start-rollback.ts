import { RolloutAlreadyRunningError } from '../client/index.js';
import type { RollbackOptions } from '../client/rollback.js';
import { MAX_ROLLOUTS, selectEntries } from '../rollout/rollback.js';
import { countOf } from '../rollout/status.js';
import { countDowngrades, type UndoEntry } from '../rollout/undo.js';
import { ask, whereAsked } from './ask.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { type FoundRollout, findRollout } from './find-rollout.js';
import type { ConnectionFlags, JsonFlag } from './flags.js';
import { givenFlags, refuseIdle } from './idle-flags.js';
import { commandLine } from './next-command.js';
import type { Output } from './output.js';
import { renderUndo, renderUndoList, undoJson } from './render/undo.js';
import { rolloutJson } from './rollout-json.js';
import { type Session, withSession } from './temporal.js';
import { type EditedUndo, readHistories, readKeptUndo, type UndoSource, undoSourceOf } from './undo-source.js';
import { watchToEnd } from './watch-to-end.js';
import { requireWorker } from './workers.js';

export interface RollbackFlags extends ConnectionFlags, JsonFlag {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly only?: readonly string[];
  readonly keepTokens?: boolean;
  readonly concurrency?: number;
  readonly runId?: string;
  readonly from?: string;
  /** True, or the checksum of the content that is accepted. */
  readonly allowEdited?: string | boolean;
  readonly taskQueue?: string;
}

/** Shows what would go back, asks where it may, starts the rollback, and watches it where that is wanted. @returns the exit code */
export async function startRollback(ids: readonly string[], flags: RollbackFlags, output: Output): Promise<number> {
  checkSource(ids, flags);
  if (flags.dryRun) {
    const idle = givenFlags({ '--watch': flags.watch, '--wait': flags.wait });
    refuseIdle('A dry run starts nothing, and has no use for', idle, 'leave --dry-run out');
  }
  const kept = flags.from === undefined ? undefined : await readKeptUndo(flags.from, flags.allowEdited);
  const mayStart = flags.dryRun || output.canAsk;
  if (kept?.edited !== undefined && !kept.edited.isNamed && !mayStart) throw cantAsk(kept.edited);
  return withSession(flags, async (session) => {
    const source = kept === undefined ? await readHistories(session, ids, flags) : undoSourceOf(session, kept);
    const entries = choose(source, flags.only);
    const keepTokens = flags.keepTokens ?? source.keepTokens;
    const warnings = [...source.warnings, ...(await earlierRollback(session, source, flags))];
    output.print(...renderUndo(output, { title: source.title, entries, keepTokens, warnings }));
    const { edited } = source;
    if (flags.dryRun || edited !== undefined) output.print('', ...renderUndoList(output, entries, keepTokens));
    if (flags.dryRun || entries.length === 0) {
      output.result(undoJson(entries, keepTokens, warnings));
      return EXIT.done;
    }
    // Whoever said yes beforehand hasn't seen the edits.
    const isAgreed = flags.yes && (edited === undefined || edited.isNamed);
    if (!isAgreed) await askToRollBack(output, session, { entries, keepTokens, isEdited: edited !== undefined });
    const rollback = await start(session, source, flags, output);
    output.print(
      '',
      `${output.paint.green('✔')} Started ${rollback.workflowId} on task queue ${rollback.taskQueue}.`,
      '',
    );
    if (flags.watch || flags.wait) return watchToEnd(session, rollback, output, { ...flags, quiet: !flags.watch });
    output.result(rolloutJson(session, rollback, { state: 'started', exitCode: EXIT.done }));
    output.print('To follow it:', `  ${commandLine('watch', rollback.workflowId, flags)}`);
    return EXIT.done;
  });
}

function checkSource(ids: readonly string[], { from, runId, allowEdited }: RollbackFlags): void {
  if (ids.length > 0 === (from !== undefined)) {
    throw new CliError(
      'BadInput',
      'Name the rollout to take back, by its workflow ID or by the name of its spec, or give a file with --from; and not both.',
    );
  }
  if (ids.length > MAX_ROLLOUTS) {
    throw new CliError(
      'BadInput',
      `One rollback takes back at most ${MAX_ROLLOUTS} rollouts: take the newest ones back first.`,
    );
  }
  if (allowEdited !== undefined && from === undefined) {
    throw new CliError('BadInput', '--allow-edited is about a file: name it with --from.');
  }
  if (runId !== undefined && ids.length !== 1) {
    throw new CliError('BadInput', '--run-id picks a run of one rollout: name just that one.');
  }
}

function cantAsk({ lines, actual }: EditedUndo): CliError {
  return new CliError(
    'EditedFile',
    [
      ...lines,
      'There is no terminal to ask on, so nothing was started. See each instance with --dry-run --allow-edited.',
      `To accept exactly this content: --yes --allow-edited=${actual}`,
    ].join('\n'),
  );
}

/** What an earlier rollback of the same means for this one. @throws CliError `RolloutAlreadyRunning` */
async function earlierRollback(session: Session, source: UndoSource, flags: RollbackFlags): Promise<string[]> {
  const earlier = await findRollout(session, source.rollbackId).catch((error: unknown) => {
    if (error instanceof CliError && error.type === 'RolloutNotFound') return undefined;
    throw error;
  });
  if (earlier === undefined) return [];
  if (earlier.isOpen && !flags.dryRun) throw alreadyOpen(source, flags);
  return earlier.isOpen
    ? ['A rollback of it is open: what is listed here may be on its way back.']
    : ['A rollback of it has ended already: what is back by now is only looked at.'];
}

function alreadyOpen({ rollbackId }: UndoSource, flags: RollbackFlags): CliError {
  return new CliError(
    'RolloutAlreadyRunning',
    `Rollback ${rollbackId} is open already. To follow it:\n  ${commandLine('watch', rollbackId, flags)}`,
  );
}

/** @throws CliError `BadInput` where a name is none of them */
function choose({ entries }: UndoSource, only: readonly string[] | undefined): readonly UndoEntry[] {
  const selected = selectEntries(entries, only);
  if ('refusal' in selected) throw new CliError('BadInput', `--only: ${selected.refusal}`);
  return selected.entries;
}

/** @throws CliError `Declined`; InterruptedError after Ctrl-C */
async function askToRollBack(
  output: Output,
  session: Session,
  { entries, keepTokens, isEdited }: { entries: readonly UndoEntry[]; keepTokens: boolean; isEdited: boolean },
): Promise<void> {
  const downgrades = countDowngrades(entries, keepTokens);
  const open = downgrades === 0 ? '' : `, and let IMDSv1 in again on ${downgrades} of them`;
  const edited = isEdited ? 'The file was edited. ' : '';
  const what = `${edited}Take ${countOf(entries.length, 'instance')} back${open}`;
  await ask(output, `${what} (${whereAsked(session)})?`, 'Nothing was started');
}

async function start(
  session: Session,
  source: UndoSource,
  flags: RollbackFlags,
  output: Output,
): Promise<FoundRollout> {
  const { only, keepTokens, concurrency, taskQueue = source.taskQueue } = flags;
  // The parts of an undo file are taken by a worker, and without one they would wait for ever.
  await requireWorker(session, taskQueue, 'No rollback was started.', output.note);
  const options: RollbackOptions = {
    taskQueue,
    ...(only !== undefined && { only }),
    ...(keepTokens !== undefined && { keepTokens }),
    ...(concurrency !== undefined && { concurrency }),
  };
  const handle = await source.start(options).catch((error: unknown) => {
    throw error instanceof RolloutAlreadyRunningError ? alreadyOpen(source, flags) : error;
  });
  const { workflowId, runId = '' } = handle;
  return { handle, workflowId, runId, taskQueue, isOpen: true, kind: 'rollback' };
}
