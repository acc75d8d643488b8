import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';
import type { Key } from './dialog.js';

/** Reads single keys from a terminal. */
export interface KeyReader {
  /** Stops the process as Ctrl-Z does; it goes on where it stood. */
  suspend(): void;
  /** Gives the terminal back as it was. May be called twice. */
  close(): void;
}

export interface KeyListeners {
  readonly onKey: (key: Key) => void;
  /** Before the process stops: the terminal has to look as anybody expects it. */
  readonly onSuspend: () => void;
  /** After it goes on. */
  readonly onResume: () => void;
}

/** There is no job control on Windows. */
const HAS_JOBS = process.platform !== 'win32';

/**
 * Takes the terminal over, so that keys come one by one and aren't echoed. In that mode it sends no signals: Ctrl-C and
 * Ctrl-Z come as keys too. Given back by `close`, and at the end of the process, however that comes.
 */
export function readKeys(input: ReadStream, { onKey, onSuspend, onResume }: KeyListeners): KeyReader {
  let isOpen = true;
  const restore = (): void => {
    input.setRawMode(false);
  };
  const keypress = (_: string | undefined, key: Key | undefined): void => {
    if (key !== undefined) onKey(key);
  };
  /** By the key, or by a signal from elsewhere: first the terminal, then the stop. */
  const stop = (): void => {
    onSuspend();
    restore();
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = (): void => {
    // Node believes that it still has the mode that a shell has changed meanwhile.
    restore();
    input.setRawMode(true);
    onResume();
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', restore);
    if (HAS_JOBS) process.off('SIGTSTP', stop).off('SIGCONT', goOn);
    input.off('keypress', keypress);
    restore();
    input.pause();
  };
  emitKeypressEvents(input);
  input.setRawMode(true);
  input.on('keypress', keypress);
  // A terminal that is gone sends no more keys, and must not end the watch by an error.
  input.once('error', close);
  input.resume();
  process.on('exit', restore);
  if (HAS_JOBS) process.on('SIGTSTP', stop).on('SIGCONT', goOn);
  return {
    // The whole group, as a terminal does: a shell waits for the process that it started, which may be npx.
    suspend: () => {
      if (HAS_JOBS) process.kill(0, 'SIGTSTP');
    },
    close,
  };
}
