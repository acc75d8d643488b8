import { Context } from '@temporalio/activity';
import { type LightsailFor, readMetadataUses, retryThrottledCalls } from '../lightsail/index.js';
import type { UseReading } from '../rollout/evidence.js';
import { describePlace } from '../rollout/reach.js';
import { callScope } from './call-scope.js';
import { toReadFailure } from './failures.js';
import { ServerTime } from './server-time.js';

/**
 * What `lightsailImdsReadEvidence` is given.
 *
 * @internal
 */
export interface ReadEvidenceInput {
  /** Left out: the worker's own. */
  readonly account?: string;
  readonly region: string;
  readonly names: readonly string[];
  /** By name, when an instance was created (ISO 8601), where that is within the time that may be read back. */
  readonly created?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly lookback: number;
}

/**
 * In the order of the names; null where an error that may pass came between: to be asked for again.
 *
 * @internal
 */
export type EvidenceRead = readonly (UseReading | null)[];

/** Share of the heartbeat timeout between two heartbeats: each is an action that Temporal Cloud bills, and a few readings are soon made again. */
const TELL_EVERY = 0.1;

/** Two clocks that differ by more, in milliseconds, do not agree about which hours are the last. */
const DISAGREEMENT = 60_000;

/**
 * Reads how often each instance has been called for metadata without a token: one call each. Throttling only makes it
 * slower, and an attempt that ends goes on from what the one before had read.
 */
export function createReadEvidence(lightsail: LightsailFor) {
  return async function lightsailImdsReadEvidence(input: ReadEvidenceInput): Promise<EvidenceRead> {
    const context = Context.current();
    const { cancellationSignal, info } = context;
    const before: EvidenceRead = info.heartbeatDetails ?? [];
    const time = new ServerTime(context);
    // The last hours are the ones that count most: a clock that is slow would leave them out, and one that is years ahead all of
    // them. So that of AWS goes before all others, and before the first reply that of the server.
    if (Math.abs(Date.now() - time.now()) > DISAGREEMENT) await time.ask();
    const readings = input.names.map((_, index) => before[index] ?? null);
    const missing = input.names.flatMap((name, index) =>
      readings[index] === null ? [{ index, name, createdAt: createdOf(input, name) }] : [],
    );
    let toldAt = performance.now();
    const tell = () => {
      toldAt = performance.now();
      context.heartbeat(readings);
    };
    const beat = () => {
      if (performance.now() - toldAt >= (info.heartbeatTimeoutMs ?? 0) * TELL_EVERY) tell();
    };
    const api = retryThrottledCalls(lightsail(callScope(input, context)), {
      signal: cancellationSignal,
      onThrottled: beat,
    });
    let read = 0;
    try {
      const faults = await readMetadataUses(api, missing, {
        lookback: input.lookback,
        now: () => api.now?.() ?? time.now(),
        abortSignal: cancellationSignal,
        onWait: beat,
        onRead: (index, reading) => {
          readings[index] = reading;
          read += 1;
          beat();
        },
      });
      // What has been read is kept, and the next call asks for the others.
      if (read === 0 && missing.length > 0) throw faults[0] ?? cancellationSignal.reason;
    } catch (error) {
      if (read > 0) tell();
      throw toReadFailure(error, `GetInstanceMetricData in ${describePlace(input)}`, input);
    }
    return readings;
  };
}

function createdOf({ created = {} }: ReadEvidenceInput, name: string): string | undefined {
  return Object.hasOwn(created, name) ? created[name] : undefined;
}
