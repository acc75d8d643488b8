import type { ChangeRecord, Reading } from '../../src/rollout/change.js';
import type { FleetInstance } from '../../src/rollout/instance.js';
import type { MetadataOptions } from '../../src/rollout/options.js';
import { instance, target, withoutOptions } from './builders.js';

export const PATIENCE = { timeout: 100, pollInterval: 10 };

/** Asks for two fields, so that a reading may also be neither at the old values nor at the new ones. */
export const WEB = target('web', {
  before: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
  desired: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
});

export const FROM: MetadataOptions = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 };
export const TO: MetadataOptions = { httpTokens: 'required', httpEndpoint: 'enabled', httpPutResponseHopLimit: 2 };
const OTHER: MetadataOptions = { httpTokens: 'required', httpEndpoint: 'enabled', httpPutResponseHopLimit: 3 };

/** How an instance may stand to the change of {@link WEB}. */
const STANDINGS = {
  gone: undefined,
  replaced: instance('web', { arn: 'arn:new', options: FROM }),
  unknown: withoutOptions(instance('web')),
  pendingFrom: instance('web', { options: FROM, optionsState: 'pending' }),
  pendingTo: instance('web', { options: TO, optionsState: 'pending' }),
  from: instance('web', { options: FROM }),
  to: instance('web', { options: TO }),
  other: instance('web', { options: OTHER }),
} satisfies Record<string, FleetInstance | undefined>;

/** How much has been recorded of the write. */
export const RECORDS = {
  fresh: { wrote: false, errors: 0 },
  unclear: { wrote: true, at: 0, errors: 0 },
  accepted: { wrote: true, at: 0, accepted: true, errors: 0 },
} satisfies Record<string, ChangeRecord>;

/** When the reading is made. */
export const TIMES = {
  early: { waited: 0, steady: 0 },
  steady: { waited: 99, steady: 99 },
  late: { waited: 100, steady: 0 },
  lateAndSteady: { waited: 100, steady: 100 },
} satisfies Record<string, Omit<Reading, 'instance'>>;

export type StandingName = keyof typeof STANDINGS;
export type RecordName = keyof typeof RECORDS;
export type TimeName = keyof typeof TIMES;

export function reading(name: StandingName, time: TimeName): Reading {
  return { instance: STANDINGS[name], ...TIMES[time] };
}

export function keysOf<Key extends string>(object: Readonly<Record<Key, unknown>>): Key[] {
  const isKey = (key: string): key is Key => Object.hasOwn(object, key);
  return Object.keys(object).filter(isKey);
}
