import type { LogEntry, RolloutStatus } from '../rollout/status.js';
import type { RunKind } from './find-rollout.js';
import type { Output } from './output.js';
import { cleanLine, cleanText } from './render/clean.js';
import { cutToWidth, wrap } from './render/columns.js';
import { clockTime, logLine, renderStatus, statusLine } from './render/status.js';

/** Shows a rollout while it runs. */
export interface ProgressView {
  show(status: RolloutStatus): void;
  /** Something that keeps the rollout from going on, said once for each time that it begins. */
  trouble(message: string): void;
  /** Leaves the last picture as it is: what is printed next stands below. */
  close(): void;
}

/** Draws on a terminal; prints lines elsewhere. */
export async function createView(
  output: Output,
  footer: readonly string[],
  kind: RunKind = 'rollout',
): Promise<ProgressView> {
  return output.isTerminal ? liveView(output, footer, kind) : lineView(output, kind);
}

/** For `--wait`: nothing but trouble. */
export function quietView(output: Output): ProgressView {
  return { show: () => {}, trouble: (message) => output.note(message), close: () => {} };
}

const LOG_ON_SCREEN = 3;

async function liveView(output: Output, footer: readonly string[], kind: RunKind): Promise<ProgressView> {
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(output.stream);
  const { paint } = output;
  let trouble: string[] = [];
  let last: RolloutStatus | undefined;
  const render = (closing: boolean): void => {
    const lines = [
      ...(last === undefined ? [] : renderStatus(output, last, Date.now(), kind)),
      ...(closing
        ? []
        : (last?.log ?? [])
            .slice(-LOG_ON_SCREEN)
            .map((entry) => paint.dim(cutToWidth(`  ${logLine(entry)}`, output.width)))),
      ...trouble.map((line) => paint.yellow(line)),
      ...(closing ? [] : footer.map(paint.dim)),
    ];
    // A frame taller than the screen can't be drawn over: the top of it is what matters.
    draw(lines.slice(0, Math.max(5, (output.stream.rows ?? 24) - 1)).join('\n'));
  };
  return {
    show: (status) => {
      last = status;
      trouble = [];
      render(false);
    },
    trouble: (message) => {
      trouble = cleanText(message)
        .split('\n')
        .flatMap((line) => wrap(line, output.width, '  '));
      render(false);
    },
    close: () => {
      render(true);
      draw.done();
    },
  };
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
