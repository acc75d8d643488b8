import type { LightsailFor } from '../lightsail/index.js';
import type { WorkerSettings } from './settings.js';

/** What the activities need; never taken from a workflow's input, which stays in history. */
export interface ActivityDeps {
  /** @see createSdkLightsail */
  readonly lightsail: LightsailFor;
  /** What this worker allows. Default: nothing. */
  readonly settings?: WorkerSettings;
}
