import fc from 'fast-check';
import type { FaultInput } from '../../src/simulator/index.js';

type Effect = FaultInput['effect'];

const RETRYABLE = ['ServiceException', 'ThrottlingException', 'InternalFailure', 'ServiceUnavailable'] as const;
const FOR_GOOD = ['AccessDeniedException', 'InvalidInputException', 'OperationFailureException'] as const;

const unclear: fc.Arbitrary<Effect> = fc.oneof(
  fc.constantFrom<Effect[]>({ drop: true }, { applyThenDrop: true }),
  fc.record({ html502: fc.constant(true as const), applied: fc.boolean() }),
  fc.record({ emptyBody: fc.constant(true as const), applied: fc.boolean() }),
  fc.record({ truncatedBody: fc.constant(true as const), applied: fc.boolean() }),
);

const clear: fc.Arbitrary<Effect> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ error: fc.constantFrom<string[]>(...RETRYABLE) }) },
  { weight: 1, arbitrary: fc.record({ error: fc.constantFrom<string[]>(...FOR_GOOD) }) },
);

/** Of a reading it would be no fault but another world. */
const notFound: fc.Arbitrary<Effect> = fc.constant({ error: 'NotFoundException' });

const late: fc.Arbitrary<Effect> = fc.record({ delayMs: fc.integer({ min: 20, max: 900 }) });

const onlyUpdates: fc.Arbitrary<Effect> = fc.oneof(
  fc.constantFrom<Effect[]>({ operationFailed: true }, { stuckPending: true }, { unhealthy: true }),
  fc.record({ revertAfterMs: fc.integer({ min: 10, max: 900 }) }),
  fc.record({ unhealthy: fc.record({ afterMs: fc.integer({ min: 10, max: 900 }) }) }),
);

const instance = fc.constantFrom('*', 'a-*', 'b-*', '*-1', '*-2', 'a-1');

/** It strikes for a while only: what strikes for ever is no fault but another world. */
const strikes = fc.record({
  after: fc.integer({ min: 0, max: 6 }),
  times: fc.integer({ min: 1, max: 5 }),
  probability: fc.constantFrom(0.3, 1),
});

const onUpdate: fc.Arbitrary<FaultInput> = fc
  .tuple(fc.oneof(unclear, clear, notFound, late, onlyUpdates), instance, strikes)
  .map(([effect, name, when]) => ({ operation: 'UpdateInstanceMetadataOptions', instance: name, effect, ...when }));

const onRead: fc.Arbitrary<FaultInput> = fc
  .tuple(fc.constantFrom('GetInstance', 'GetInstances'), fc.oneof(unclear, clear, late), strikes)
  .map(([operation, effect, when]) => ({ operation, effect, ...when }) as const);

const anywhere: fc.Arbitrary<FaultInput> = fc
  .tuple(fc.oneof(unclear, late), strikes)
  .map(([effect, when]) => ({ effect, ...when }));

export const faults: fc.Arbitrary<FaultInput[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: onUpdate }, { weight: 2, arbitrary: onRead }, { weight: 1, arbitrary: anywhere }),
  { maxLength: 4 },
);
