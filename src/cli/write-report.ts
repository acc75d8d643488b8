import { z } from 'zod';
import { NothingToRollBackError, type RolloutOutcome, type RolloutRef, type UndoFile } from '../client/index.js';
import { readRolloutWithUndo } from '../history/index.js';
import { countOf } from '../rollout/status.js';
import type { ReportFlags } from './commands/report.js';
import { findRollout } from './find-rollout.js';
import { createOutput } from './output.js';
import { replaceFile, requireOwnPath } from './replace-file.js';
import { withSession } from './temporal.js';

/** Reading the histories of a large rollout takes a while. */
const READ_TIMEOUT = 300_000;

const REPORT_FORMAT = 'imds-rollout-report/1';

/** What `report --format json` prints. */
export interface ReportJson {
  readonly format: typeof REPORT_FORMAT;
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
  const output = createOutput(flags);
  await withSession(flags, async (session) => {
    const { workflowId, runId, handle, isOpen, kind } = await findRollout(session, id, flags.runId);
    if (kind === 'rollback') throw new NothingToRollBackError(workflowId, 'imdsRollback');
    const ref = { workflowId, runId };
    if (flags.output !== undefined) {
      // That of another run may be all that still takes it back.
      await requireOwnPath(flags.output, 'report of this run', (text) => isReportOf(text, ref));
    }
    const [{ rollout, undo }, outcome] = await session.within(READ_TIMEOUT, () =>
      Promise.all([readRolloutWithUndo(session.client, ref), isOpen ? undefined : handle.result()]),
    );
    const report: ReportJson = {
      format: REPORT_FORMAT,
      writtenAt: undo.writtenAt,
      rollout: {
        ...ref,
        name: rollout.spec?.name ?? null,
        status: rollout.status,
        startedAt: new Date(rollout.startedAt).toISOString(),
      },
      ...(outcome !== undefined && { outcome }),
      undo,
    };
    if (isOpen) output.note(`${workflowId} is still open: what it changes from now on isn't in this report.`);
    const text = `${JSON.stringify(report, null, 2)}\n`;
    if (flags.output === undefined || output.json) process.stdout.write(text);
    if (flags.output === undefined) return;
    await replaceFile(flags.output, text, 0o600);
    const count = countOf(undo.entries.length, 'instance');
    output.print(
      `${output.paint.green('✔')} ${flags.output}: ${count} that it would take back.`,
      `  imds-rollout rollback --from ${flags.output}`,
    );
  });
}

const ownReport = z.looseObject({
  format: z.literal(REPORT_FORMAT),
  rollout: z.looseObject({ workflowId: z.string(), runId: z.string() }),
});

function isReportOf(text: string, { workflowId, runId }: RolloutRef): boolean {
  try {
    const { rollout } = ownReport.parse(JSON.parse(text));
    return rollout.workflowId === workflowId && rollout.runId === runId;
  } catch {
    return false;
  }
}
