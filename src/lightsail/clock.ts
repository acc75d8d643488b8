import type { LightsailClient } from '@aws-sdk/client-lightsail';
import { memberOf, textOf } from './untrusted.js';
import { monotonicNow } from './wait-clock.js';

/** How far this machine's clock is from that of AWS, as its replies tell. */
export class ClockWatch {
  #skew: number | undefined;
  /** What AWS's time is ahead of the monotonic clock of this process. */
  #awsAhead: number | undefined;

  /** Milliseconds by which this machine is ahead, to about a second; undefined before the first reply. */
  get skew(): number | undefined {
    return this.#skew;
  }

  /** AWS's time, in milliseconds since the epoch, to about a second; undefined before the first reply. */
  get now(): number | undefined {
    return this.#awsAhead === undefined ? undefined : monotonicNow() + this.#awsAhead;
  }

  /**
   * Reads the clock in every reply to this client, and signs its requests with AWS's time. By itself the SDK goes by the wall clock
   * and what the last reply said of it: a clock that was set since would have the next request of every client refused.
   */
  listen(client: LightsailClient): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        const { config } = client;
        if (this.#awsAhead !== undefined)
          config.systemClockOffset = Math.round(monotonicNow() + this.#awsAhead - Date.now());
        return next(args);
      },
      { step: 'build', name: 'setClock' },
    );
    client.middlewareStack.add(
      (next) => async (args) => {
        const sent = monotonicNow();
        const result = await next(args);
        const date = Date.parse(textOf(memberOf(memberOf(result.response, 'headers'), 'date')) ?? '');
        // The header has whole seconds, and its time lies between the request and the reply.
        if (!Number.isNaN(date)) {
          const now = monotonicNow();
          this.#awsAhead = date + 500 - (sent + now) / 2;
          this.#skew = Math.round(Date.now() - (this.#awsAhead + now));
        }
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'readClock' },
    );
  }
}
