/** What a rollout's histories call its parts (src/workflows, src/activities): there for good, as histories are. */
export const BATCH_TYPE = 'imdsRolloutBatch';
export const APPLY = 'lightsailImdsApply';
export const RESTORE = 'lightsailImdsRestore';
export const DESCRIBE_WORKER = 'lightsailImdsDescribeWorker';
export const DISCOVER = 'lightsailImdsDiscover';
export const NOTIFY = 'lightsailImdsNotify';
export const READ_BATCH = 'lightsailImdsReadBatch';
export const READ_CALENDAR = 'lightsailImdsReadCalendar';
export const READ_EVIDENCE = 'lightsailImdsReadEvidence';
export const READ_ROLLOUT = 'lightsailImdsReadRollout';
export const WATCH = 'lightsailImdsWatch';
export const WRITE_JOURNAL = 'lightsailImdsWriteJournal';
