import { type EndingSignal, exitCodeOfSignal } from './exit-codes.js';

const SIGNALS: readonly EndingSignal[] = ['SIGINT', 'SIGTERM'];

/** Ctrl-C and SIGTERM, turned into an abort. A second one ends the process at once. */
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
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => interrupt(name);
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return {
    signal: controller.signal,
    get received() {
      return received;
    },
    interrupt,
    dispose: () => {
      for (const remove of listeners) remove();
    },
  };
}
