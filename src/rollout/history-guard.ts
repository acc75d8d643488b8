/** What a server lets a history grow to is 51,200 events and 50 MB (Temporal, self-hosted defaults); what is left is for the end. */
const LIMITS = { events: 40_000, megabytes: 40 } as const;

/**
 * Why a run has to end while it still can.
 *
 * @example fullHistory({ events: 40_000, bytes: 0 }) // 'its history has reached 40000 events, …'
 */
export function fullHistory({
  events,
  bytes,
}: {
  readonly events: number;
  readonly bytes: number;
}): string | undefined {
  const megabytes = bytes / 1_000_000;
  if (events < LIMITS.events && megabytes < LIMITS.megabytes) return undefined;
  const size = events >= LIMITS.events ? `${LIMITS.events} events` : `${LIMITS.megabytes} MB`;
  return `its history has reached ${size}, and a server ends what grows much larger: start it again for what is left`;
}
