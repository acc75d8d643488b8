import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { searchForSecrets } from '../support/secrets.js';
import { until } from '../support/wait.js';
import { cleanEnv, MAIN } from './support.js';

/** A command on a terminal of its own, seen as a person sees it. */
export interface TerminalCommand {
  /** The lines on the screen, the top one first. */
  screen(): string[];
  /** Waits until the screen matches. */
  shows(pattern: RegExp, timeout?: number): Promise<void>;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Lines that didn't fit, so that the terminal has broken them. */
  brokenLines(): string[];
  readonly ended: Promise<TerminalEnd>;
}

interface TerminalEnd {
  readonly code: number;
  /** The terminal has the settings that it had before. */
  readonly isRestored: boolean;
  readonly isCursorShown: boolean;
}

const ENTER = '\r';

/** Presses a key and answers its questions with yes, and with a reason. */
export async function confirmKey(terminal: TerminalCommand, key: string, question: RegExp, reason = ''): Promise<void> {
  terminal.press(key);
  await terminal.shows(question);
  terminal.press('y');
  await terminal.shows(/Why \(/);
  terminal.press(reason);
  if (reason !== '') await terminal.shows(new RegExp(`Why .*${reason}`));
  terminal.press(ENTER);
}

/** Starts the built command as a shell does, on a terminal of 80 columns and 24 lines. */
export function startOnTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): TerminalCommand {
  const size = { cols: 80, rows: 24 };
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true, scrollback: 1_000 });
  // A shell gets the terminal back after its command, in whatever state that is.
  const script = 'was=$(stty -g); "$@"; code=$?; [ "$was" = "$(stty -g)" ] && echo "as it was"; echo "code $code"';
  const child = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, MAIN, ...args], {
    ...size,
    name: 'xterm-256color',
    env: { ...cleanEnv(), LANG: 'C.UTF-8', LC_ALL: '', ...env },
  });
  let written = '';
  child.onData((data) => {
    written += data;
    terminal.write(data);
  });
  const ended = new Promise<TerminalEnd>((resolve) => {
    child.onExit(() => {
      searchForSecrets(`the output of ${args.join(' ')}`, written);
      const [, code] = /code (\d+)\s*$/.exec(written) ?? [];
      resolve({
        code: Number(code),
        isRestored: /as it was\s+code \d+\s*$/.test(written),
        isCursorShown: written.lastIndexOf('\u001b[?25h') >= written.lastIndexOf('\u001b[?25l'),
      });
    });
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    terminal.dispose();
  });
  const buffer = () => terminal.buffer.active;
  const lines = (from: number) =>
    Array.from({ length: buffer().length - from }, (_, index) => buffer().getLine(from + index));
  const screen = () => lines(buffer().baseY).map((line) => line?.translateToString(true) ?? '');
  return {
    screen,
    shows: (pattern) =>
      until(() => {
        const now = screen().join('\n');
        if (!pattern.test(now)) throw new Error(`not on the screen yet: ${pattern}\n${now}`);
      }),
    press: (keys) => child.write(keys),
    resize: (columns, rows) => {
      terminal.resize(columns, rows);
      child.resize(columns, rows);
    },
    brokenLines: () => lines(0).flatMap((line) => (line?.isWrapped ? [line.translateToString(true)] : [])),
    ended,
  };
}
