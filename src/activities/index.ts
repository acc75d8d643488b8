import { type LightsailFor, polledLightsail } from '../lightsail/index.js';
import { createApply } from './apply.js';
import { createBuildingBlocks } from './building-blocks.js';
import { createCheckSpec } from './check-spec.js';
import { createDescribeWorker } from './describe-worker.js';
import { createDiscover } from './discover.js';
import { lightsailImdsFindOpenBatch, lightsailImdsInspectLease } from './inspect-lease.js';
import { createJournal } from './journal.js';
import { createListRegions } from './list-regions.js';
import { createNotify } from './notify.js';
import { lightsailImdsReadCalendar } from './read-calendar.js';
import { createReadEvidence } from './read-evidence.js';
import { lightsailImdsAwaitBatches, lightsailImdsReadBatch, lightsailImdsReadRollout } from './read-rollout.js';
import { createRestore } from './restore.js';
import type { WorkerSettings } from './settings.js';
import { createWatch } from './watch.js';

export type { ApplyInput, ApplyResult } from './apply.js';
export type { InRegion } from './building-blocks.js';
export type { CheckSpecInput } from './check-spec.js';
export type { WorkerFacts } from './describe-worker.js';
export type { Discovered, DiscoverInput } from './discover.js';
export type { InspectLeaseInput, LeaseHolder, LeaseInspection } from './inspect-lease.js';
export type { ListRegionsInput } from './list-regions.js';
export type { NotifyResult, WebhookBody } from './notify.js';
export type { ReadCalendarInput } from './read-calendar.js';
export type { EvidenceRead, ReadEvidenceInput } from './read-evidence.js';
export type { BatchesInput, ReadBatchInput, RolloutToUndo } from './read-rollout.js';
export type { RestoreInput } from './restore.js';
export type { WorkerSettings } from './settings.js';

/** What the activities need; never taken from a workflow's input, which stays in history. */
export interface ActivityDeps {
  /** @see createSdkLightsail */
  readonly lightsail: LightsailFor;
  readonly settings?: WorkerSettings;
}

/**
 * The activities of the main task queue.
 *
 * @example Worker.create({ taskQueue: 'mine', activities: createActivities({ lightsail: createSdkLightsail().lightsail }) })
 */
export function createActivities(deps: ActivityDeps) {
  const lightsail = polledLightsail(deps.lightsail);
  return {
    lightsailImdsListRegions: createListRegions(lightsail),
    lightsailImdsDiscover: createDiscover(lightsail),
    lightsailImdsReadEvidence: createReadEvidence(lightsail),
    lightsailImdsApply: createApply(lightsail),
    lightsailImdsRestore: createRestore(lightsail),
    ...createBuildingBlocks(lightsail),
  };
}

/** The activities of the control queue, `<task queue>-control`: a hundred stuck targets never starve them. */
export function createControlActivities(deps: ActivityDeps) {
  const { settings } = deps;
  return {
    lightsailImdsInspectLease,
    lightsailImdsFindOpenBatch,
    lightsailImdsReadCalendar,
    lightsailImdsReadRollout,
    lightsailImdsAwaitBatches,
    lightsailImdsReadBatch,
    lightsailImdsCheckSpec: createCheckSpec(settings),
    lightsailImdsDescribeWorker: createDescribeWorker(settings),
    lightsailImdsWriteJournal: createJournal(settings?.journal),
    lightsailImdsWatch: createWatch({ ...deps, lightsail: polledLightsail(deps.lightsail) }),
    lightsailImdsNotify: createNotify(settings?.notifyWebhook),
  };
}

export type Activities = ReturnType<typeof createActivities>;
export type ControlActivities = ReturnType<typeof createControlActivities>;
