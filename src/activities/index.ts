/**
 * The activities, for a worker that is put together without the plugin. Those whose names begin with `lightsailImds` are called by this
 * package's workflows only: what they take and return may change with any version.
 *
 * @example import { createActivities } from 'lightsail-imds-rollout/activities';
 * @module activities
 */
import { sharedReadings } from '../lightsail/index.js';
import { createApply } from './apply.js';
import { createAwaitKeys } from './await-keys.js';
import { createBuildingBlocks } from './building-blocks.js';
import { createCheckSpec } from './check-spec.js';
import type { ActivityDeps } from './deps.js';
import { createDescribeWorker } from './describe-worker.js';
import { createDiscover } from './discover.js';
import { lightsailImdsFindOpenBatch, lightsailImdsInspectLeases } from './inspect-lease.js';
import { createJournal } from './journal.js';
import { createListRegions } from './list-regions.js';
import { createNotify } from './notify.js';
import { lightsailImdsReadCalendar } from './read-calendar.js';
import { createReadEvidence } from './read-evidence.js';
import { lightsailImdsReadOrder } from './read-order.js';
import {
  lightsailImdsAwaitBatches,
  lightsailImdsReadBatch,
  lightsailImdsReadEarlierRollbacks,
  lightsailImdsReadRollout,
} from './read-rollout.js';
import { createReadUpdates } from './read-updates.js';
import { createRestore } from './restore.js';
import { journalOf } from './settings.js';
import { createWatch } from './watch.js';

export type { ApplyInput, ApplyResult } from './apply.js';
export type { InRegion } from './building-blocks.js';
export type { CheckSpecInput } from './check-spec.js';
export type { ActivityDeps } from './deps.js';
export type { WorkerFacts } from './describe-worker.js';
export type { Discovered, DiscoverInput } from './discover.js';
export type { InspectLeasesInput, LeaseHolder, LeaseInspection } from './inspect-lease.js';
export type { ListRegionsInput } from './list-regions.js';
export type { NotifyResult, WebhookBody } from './notify.js';
export type { ReadCalendarInput } from './read-calendar.js';
export type { EvidenceRead, ReadEvidenceInput } from './read-evidence.js';
export type { ReadOrderInput } from './read-order.js';
export type { BatchesInput, ReadBatchInput, RolloutToUndo } from './read-rollout.js';
export type { ReadUpdatesInput } from './read-updates.js';
export type { RestoreAnswer, RestoreInput } from './restore.js';
export type { JournalSettings, WorkerSettings } from './settings.js';

/**
 * The activities of the main task queue.
 *
 * @example Worker.create({ taskQueue: 'mine', activities: createActivities({ lightsail: createSdkLightsail().lightsail }) })
 */
export function createActivities(deps: ActivityDeps) {
  const lightsail = sharedReadings(deps.lightsail);
  return {
    /** Which regions there are. @internal */
    lightsailImdsListRegions: createListRegions(lightsail),
    /** Reads the instances of one region. @internal */
    lightsailImdsDiscover: createDiscover(lightsail),
    /** Reads how often instances are called without a token. @internal */
    lightsailImdsReadEvidence: createReadEvidence(lightsail),
    /** Reads which instances had an Update, whoever sent it. @internal */
    lightsailImdsReadUpdates: createReadUpdates(lightsail),
    /** Changes one target. @internal */
    lightsailImdsApply: createApply(lightsail),
    /** Takes the change of one target back. @internal */
    lightsailImdsRestore: createRestore(lightsail),
    ...createBuildingBlocks(lightsail),
  };
}

/**
 * The activities of the control queue, `<task queue>-control`: a hundred stuck targets never starve them.
 *
 * @example Worker.create({ taskQueue: 'mine-control', activities: createControlActivities({ lightsail }) })
 */
export function createControlActivities(deps: ActivityDeps) {
  const { settings } = deps;
  return {
    /** Says who holds a lease. @internal */
    lightsailImdsInspectLeases,
    /** Finds a batch of an earlier run that is still open. @internal */
    lightsailImdsFindOpenBatch,
    /** Says which order a batch has in force. @internal */
    lightsailImdsReadOrder,
    /** Says whether a window is open. @internal */
    lightsailImdsReadCalendar,
    /** Reads what a rollback has to know of a rollout. @internal */
    lightsailImdsReadRollout,
    /** Reads which batches the rollbacks before one have run. @internal */
    lightsailImdsReadEarlierRollbacks,
    /** Waits until batches have closed. @internal */
    lightsailImdsAwaitBatches,
    /** Reads what a batch has changed. @internal */
    lightsailImdsReadBatch,
    /** Holds a spec against what the worker allows. @internal */
    lightsailImdsCheckSpec: createCheckSpec(settings),
    /** Says what the worker keeps, and its version. @internal */
    lightsailImdsDescribeWorker: createDescribeWorker(settings),
    /** Writes an undo file. @internal */
    lightsailImdsWriteJournal: createJournal(journalOf(settings)?.folder),
    /** Watches instances for as long as there is nothing to report. @internal */
    lightsailImdsWatch: createWatch({ ...deps, lightsail: sharedReadings(deps.lightsail) }),
    /** Waits until calls of an account are accepted again. @internal */
    lightsailImdsAwaitKeys: createAwaitKeys(deps.lightsail),
    /** Posts a notification. @internal */
    lightsailImdsNotify: createNotify(settings?.notifyWebhook),
  };
}

/** What `proxyActivities` takes in a workflow of yours, for the activities of the main queue. */
export type Activities = ReturnType<typeof createActivities>;
/** The same for the control queue. */
export type ControlActivities = ReturnType<typeof createControlActivities>;
