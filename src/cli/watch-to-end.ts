import { EXIT, exitCodeOfOutcome, exitCodeOfSignal } from './exit-codes.js';
import type { FoundRollout } from './find-rollout.js';
import type { ConnectionFlags } from './flags.js';
import { commandLine } from './next-command.js';
import type { Output } from './output.js';
import { renderOutcome } from './render/outcome.js';
import { rolloutJson } from './rollout-json.js';
import { listenForInterrupts } from './signals.js';
import type { Session } from './temporal.js';
import { createView, quietView } from './views.js';
import { createFacts } from './watch/facts.js';
import { createSteering } from './watch/steering.js';
import { type WatchEnd, watchRollout } from './watch-rollout.js';

/** What a watcher who goes is told, where the rollout depends on it. */
export interface Leaving {
  /** Below the picture. */
  readonly hint: string;
  /** At the end. */
  readonly said: string;
}

/** Watches a rollout for `watch`, `start --watch` and `start --wait`, and says how it ended. @returns the exit code */
export async function watchToEnd(
  session: Session,
  rollout: FoundRollout,
  output: Output,
  flags: ConnectionFlags & { readonly quiet?: boolean; readonly leaving?: Leaving },
): Promise<number> {
  const interruption = listenForInterrupts();
  const view = flags.quiet
    ? quietView(output)
    : await createView(output, {
        kind: rollout.kind,
        footer: flags.leaving === undefined ? [] : [flags.leaving.hint],
        goesOn: flags.leaving === undefined,
        facts: createFacts(session, rollout),
        steering: createSteering(session, rollout, interruption),
      });
  const { signal } = interruption;
  const again = commandLine('watch', rollout.workflowId, flags);
  const end = await watchRollout(session, rollout, view, { signal, isTerminal: output.isTerminal })
    .catch((error: unknown) => {
      output.note(
        flags.leaving?.said ?? `The watch ended, which the ${rollout.kind} does not. Watch it again:\n  ${again}`,
      );
      throw error;
    })
    .finally(interruption.dispose);
  const exitCode = exitCodeOf(end, exitCodeOfSignal(interruption.received ?? 'SIGINT'));
  output.result(
    rolloutJson(session, rollout, {
      state: end.kind,
      ...(end.kind === 'ended' && { outcome: end.outcome }),
      exitCode,
    }),
  );
  sayEnd(rollout, output, flags, end);
  return exitCode;
}

function exitCodeOf(end: WatchEnd, interrupted: number): number {
  switch (end.kind) {
    case 'ended':
      return exitCodeOfOutcome(end.outcome);
    case 'left':
      return interrupted;
    case 'no-worker':
      return EXIT.unavailable;
    default:
      return end satisfies never;
  }
}

function sayEnd(
  rollout: FoundRollout,
  output: Output,
  flags: ConnectionFlags & { readonly leaving?: Leaving },
  end: WatchEnd,
): void {
  const { workflowId, kind } = rollout;
  const watch = commandLine('watch', workflowId, flags);
  if (end.kind === 'ended') {
    output.print('', ...renderOutcome(output, end.outcome));
  } else if (end.kind === 'left' && flags.leaving !== undefined) {
    output.note(`\n${flags.leaving.said}`);
  } else if (end.kind === 'left') {
    const isRollback = kind === 'rollback';
    const abort = commandLine('abort', workflowId, flags, ...(isRollback ? [] : ['--rollback']));
    const why = isRollback ? 'to leave the rest as it is' : 'to take it back';
    output.note(
      `\nStopped watching; ${kind} ${workflowId} goes on. To watch it again, or ${why}:\n  ${watch}\n  ${abort}`,
    );
  } else {
    const then =
      flags.leaving?.said ?? `${workflowId} is started, and goes on as soon as a worker polls. Then:\n  ${watch}`;
    output.note(`${end.why}\n${then}`);
  }
}
