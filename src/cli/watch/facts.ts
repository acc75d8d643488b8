import { readSpec } from '../../history/index.js';
import type { FoundRollout } from '../find-rollout.js';
import type { Session } from '../temporal.js';
import type { Forecast } from './pace.js';

/** What the status doesn't say, and the history does. Undefined where it can't be had: a watch goes on without. */
export interface WatchFacts {
  /** Stages with their bakes and approvals, as the spec has them; a rollback has none. */
  forecast(): Promise<Forecast | undefined>;
}

/** A history may be large. */
const READ_TIMEOUT = 20_000;

export function createFacts(session: Session, { workflowId, runId, kind }: FoundRollout): WatchFacts {
  const { client } = session;
  const read = <T>(what: () => Promise<T>) => session.within(READ_TIMEOUT, what).catch(() => undefined);
  return {
    forecast: async () => {
      const spec = kind === 'rollout' ? await read(() => readSpec(client, workflowId, runId)) : undefined;
      if (spec === undefined) return undefined;
      const stages = spec.stages.map(({ name, bake, approval }) => ({
        name,
        bake,
        needsApproval: approval !== undefined,
      }));
      return { stages, hasCalendar: spec.windows.length + spec.freeze.length > 0 };
    },
  };
}
