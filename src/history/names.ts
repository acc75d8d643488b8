/** What a rollout's histories call its parts (src/workflows, src/activities): there for good, as histories are. */
export const BATCH_TYPE = 'imdsRolloutBatch';
export const APPLY = 'lightsailImdsApply';
export const RESTORE = 'lightsailImdsRestore';
export const REVERT_SIGNAL = 'revert';
