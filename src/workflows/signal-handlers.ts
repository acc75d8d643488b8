import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { describeMembers, malformed } from '../rollout/message-members.js';
import { cutReason } from '../rollout/outcome.js';
import { quoteKey } from '../rollout/problem.js';
import { type AbortMessage, abortSignal, type Message, pauseSignal } from './messages.js';
import type { RunState } from './run-state.js';

/** What a run does with the signals that a person may send. Each says why it refuses one. */
interface SignalHandlers {
  readonly pause: (message: Message) => string | undefined;
  readonly abort: (message: AbortMessage) => string | undefined;
}

/**
 * Takes `pause` and `abort` as signals, for a run that can take no more Updates. A signal has no answer, so one that is
 * malformed or makes no sense now is noted in the log, and changes nothing.
 */
export function registerSignals(state: RunState, { pause, abort }: SignalHandlers): void {
  const take =
    <Sent extends Message>(kind: 'pause' | 'abort', handle: (message: Sent | object) => string | undefined) =>
    (input?: Sent | null) => {
      state.received.signals += 1;
      const why = malformed(kind, input) ?? handle(input ?? {});
      if (why !== undefined) ignore(state, kind, why);
    };
  setHandler(pauseSignal, take<Message>('pause', pause), {
    description: `The same as the Update, without an answer; for a run that takes no more Updates. ${describeMembers('pause')}`,
  });
  setHandler(abortSignal, take<AbortMessage>('abort', abort), {
    description: `The same as the Update, without an answer; for a run that takes no more Updates. ${describeMembers('abort')}`,
  });
  setDefaultSignalHandler((name) => {
    state.received.signals += 1;
    ignore(state, quoteKey(name), 'it is none of pause and abort. Other messages are Updates.');
  });
}

/** How the log begins that notes a signal without effect. */
function ignore(state: RunState, signal: string, why: string): void {
  state.note(cutReason(`signal ${signal} ignored: ${why}`));
}
