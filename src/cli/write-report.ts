import { writeFile } from 'node:fs/promises';
import { NothingToRollBackError, type RolloutOutcome, type UndoFile } from '../client/index.js';
import { readRollout } from '../history/index.js';
import { countOf } from '../rollout/status.js';
import type { ReportFlags } from './commands/report.js';
import { CliError } from './errors.js';
import { findRollout } from './find-rollout.js';
import { createOutput } from './output.js';
import { withSession } from './temporal.js';

/** Reading the histories of a large rollout takes a while. */
const READ_TIMEOUT = 300_000;

/** What `report --format json` prints. */
export interface ReportJson {
  readonly format: 'imds-rollout-report/1';
  /** ISO 8601, UTC, as all times here. */
  readonly writtenAt: string;
  readonly rollout: {
    readonly workflowId: string;
    readonly runId: string;
    /** Null where the spec was refused. */
    readonly name: string | null;
    /** Temporal's: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`. */
    readonly status: string;
    readonly startedAt: string;
  };
  /** Once it has ended. */
  readonly outcome?: RolloutOutcome;
  /** For `rollback --from`. */
  readonly undo: UndoFile;
}

export async function writeReport(id: string | undefined, flags: ReportFlags): Promise<void> {
  await withSession(flags, async (session) => {
    const { workflowId, runId, handle, isOpen, kind } = await findRollout(session, id, flags.runId);
    if (kind === 'rollback') throw new NothingToRollBackError(workflowId, 'imdsRollback');
    const ref = { workflowId, runId };
    const [record, undo, outcome] = await session.within(READ_TIMEOUT, () =>
      Promise.all([
        readRollout(session.client, workflowId, runId),
        session.rollouts.undoFile(ref),
        isOpen ? undefined : handle.result(),
      ]),
    );
    const report: ReportJson = {
      format: 'imds-rollout-report/1',
      writtenAt: undo.writtenAt,
      rollout: {
        ...ref,
        name: record.spec?.name ?? null,
        status: record.status,
        startedAt: new Date(record.startedAt).toISOString(),
      },
      ...(outcome !== undefined && { outcome }),
      undo,
    };
    const text = `${JSON.stringify(report, null, 2)}\n`;
    if (flags.output === undefined) {
      process.stdout.write(text);
      return;
    }
    await writeFile(flags.output, text, { mode: 0o600 }).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new CliError('BadInput', `${flags.output} can't be written (${why}): give a name in a folder of yours.`);
    });
    const { print, paint } = createOutput();
    const count = countOf(undo.entries.length, 'instance');
    print(
      `${paint.green('✔')} ${flags.output}: ${count} that it would take back.`,
      `  imds-rollout rollback --from ${flags.output}`,
    );
  });
}
