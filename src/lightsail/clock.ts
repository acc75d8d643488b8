import type { LightsailClient } from '@aws-sdk/client-lightsail';
import { memberOf, textOf } from './untrusted.js';

/** How far this machine's clock is from that of AWS, as its replies tell. */
export class ClockWatch {
  #skew: number | undefined;

  /** Milliseconds by which this machine is ahead, to about a second; undefined before the first reply. */
  get skew(): number | undefined {
    return this.#skew;
  }

  /** Reads the clock in every reply to this client. */
  listen(client: LightsailClient): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        const sent = Date.now();
        const result = await next(args);
        const date = Date.parse(textOf(memberOf(memberOf(result.response, 'headers'), 'date')) ?? '');
        // The header has whole seconds, and its time lies between the request and the reply.
        if (!Number.isNaN(date)) this.#skew = Math.round((sent + Date.now()) / 2 - (date + 500));
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'readClock' },
    );
  }
}
