import { cleanLine } from '../rollout/clean.js';
import type { LogEntry, RolloutStatus } from '../rollout/status.js';
import type { RunKind } from './find-rollout.js';
import type { Output } from './output.js';
import { clockTime, logLine, statusLine } from './render/status.js';
import type { LiveViewOptions } from './watch/live-view.js';

/** Shows a rollout while it runs. */
export interface ProgressView {
  show(status: RolloutStatus): void;
  /** Something that keeps the rollout from going on, said once for each time that it begins. */
  trouble(message: string): void;
  /** Leaves the last picture as it is: what is printed next stands below. */
  close(): void;
}

/** Draws on a terminal; prints lines elsewhere. */
export async function createView(output: Output, options: LiveViewOptions): Promise<ProgressView> {
  if (!output.isTerminal) return lineView(output, options.kind);
  const { openLiveView } = await import('./watch/live-view.js');
  return openLiveView(output, options);
}

/** For `--wait`: nothing but trouble. */
export function quietView(output: Output): ProgressView {
  return { show: () => {}, trouble: (message) => output.note(message), close: () => {} };
}

/** One line for each event, and one where counts or phase have changed since the last look. */
function lineView(output: Output, kind: RunKind): ProgressView {
  let lastLine = '';
  let seen: LogEntry | undefined;
  return {
    show: (status) => {
      for (const entry of entriesAfter(status.log, seen)) output.print(logLine(entry));
      seen = status.log.at(-1) ?? seen;
      const line = statusLine(status, kind);
      if (line !== lastLine) output.print(`${clockTime(new Date().toISOString())} ${cleanLine(line)}`);
      lastLine = line;
    },
    trouble: (message) => output.note(message),
    close: () => {},
  };
}

/** The entries that are new: the log holds the last ones only. */
function entriesAfter(log: readonly LogEntry[], last: LogEntry | undefined): readonly LogEntry[] {
  if (last === undefined) return log;
  const index = log.findLastIndex(({ at, event }) => at === last.at && event === last.event);
  return log.slice(index + 1);
}
