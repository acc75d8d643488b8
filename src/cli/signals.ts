import tty from 'node:tty';
import { InterruptedError } from './errors.js';
import { type EndingSignal, exitCodeOfSignal } from './exit-codes.js';

const ENDING: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * SIGHUP says that the terminal was closed. Where none of the three streams has one, as under nohup, it is to be ignored:
 * Node takes back what nohup has set, and would end at once, without what it has started.
 */
function isIgnored(name: EndingSignal): boolean {
  return name === 'SIGHUP' && ![0, 1, 2].some((stream) => tty.isatty(stream));
}

/** Ctrl-C, SIGTERM and the end of the terminal, turned into an abort. A second one ends the process at once. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The signal that came; undefined while none did. */
  readonly received: EndingSignal | undefined;
  /** As if that signal had come: a terminal that hands its keys over one by one sends none for Ctrl-C. */
  interrupt(signal: EndingSignal): void;
  /** From now on signals end the process again, as they do by default. */
  dispose(): void;
}

/** @example const interruption = listenForInterrupts(); await run(interruption.signal); interruption.dispose(); */
export function listenForInterrupts(): Interruption {
  const controller = new AbortController();
  let received: EndingSignal | undefined;
  const interrupt = (name: EndingSignal): void => {
    if (received !== undefined) process.exit(exitCodeOfSignal(name));
    received = name;
    controller.abort();
  };
  const dispose = onEachSignal(interrupt);
  return {
    signal: controller.signal,
    get received() {
      return received;
    },
    interrupt,
    dispose,
  };
}

/** From now on a signal ends the process at once, and what it has started with it, which a signal by itself doesn't. */
export function endAtNextInterrupt(): void {
  onEachSignal((name) => process.exit(exitCodeOfSignal(name)));
}

/**
 * Waits for something that listens to no signal itself.
 *
 * @param message - what is said where one comes first
 * @throws InterruptedError
 */
export function unlessInterrupted<T>(work: Promise<T>, interruption: Interruption, message: string): Promise<T> {
  const { signal } = interruption;
  let stop = (): void => {};
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new InterruptedError(interruption.received ?? 'SIGINT', message));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, interrupted]).finally(() => signal.removeEventListener('abort', stop));
}

/** @returns what takes the listeners away */
function onEachSignal(act: (name: EndingSignal) => void): () => void {
  const removals = ENDING.map((name) => {
    const ignored = isIgnored(name);
    const listener = (): void => {
      if (!ignored) act(name);
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return () => {
    for (const remove of removals) remove();
  };
}
