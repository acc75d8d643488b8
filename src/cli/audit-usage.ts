import { describeProblem, type LightsailFor } from '../lightsail/index.js';
import type { AuditEntry, AuditUsage } from '../rollout/audit.js';
import { describeGap, isCovered, type UseReading } from '../rollout/evidence.js';
import type { FleetInstance } from '../rollout/instance.js';
import type { Reach } from '../rollout/reach.js';
import { readUsage, type UnreadUsage } from './read-usage.js';

export interface AuditedUsage {
  /** With what is known of its usage. */
  readonly entries: readonly AuditEntry[];
  readonly unread: readonly UnreadUsage[];
}

/** Reads the usage of every instance that still answers calls without a token, or may: its tokens are optional or unknown. */
export async function addUsage(
  lightsail: LightsailFor,
  entries: readonly AuditEntry[],
  fleet: readonly FleetInstance[],
  { accounts, lookback }: Pick<Reach, 'accounts'> & { readonly lookback: number },
): Promise<AuditedUsage> {
  const open = fleet.filter(({ options }) => options?.httpTokens !== 'required');
  const { readings, unread } = await readUsage(lightsail, open, { accounts }, { lookback });
  const failures = new Map(
    unread.flatMap(({ arns, problem }) => arns.map((arn) => [arn, describeProblem(problem)] as const)),
  );
  return {
    entries: entries.map((entry) => ({ ...entry, usage: usageOf(readings.get(entry.arn), failures.get(entry.arn)) })),
    unread,
  };
}

function usageOf(reading: UseReading | undefined, failure: string | undefined): AuditUsage | null {
  if (failure !== undefined) return { unread: failure };
  if (reading === undefined) return null;
  if ('unknown' in reading) return reading;
  const { calls, lastUsed = null, hours, expected } = reading;
  // A few hours without a call prove nothing of the others.
  if (calls === 0 && !isCovered(reading)) {
    return { unknown: `MetadataNoToken has ${describeGap(reading)}`, hours, expected };
  }
  return { calls, lastUsed, hours, expected };
}
