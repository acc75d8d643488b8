import { z } from 'zod';
import {
  ALL_OPERATION_NAMES,
  type AnyOperationName,
  ASSUME_ROLE,
  INSTANCE_MEMBER,
  INSTANCE_OPERATIONS,
  OPERATION_NAMES,
  UPDATE,
} from '../api/operation-names.js';
import { knownAccount, milliseconds, region, section, tokenless } from './fields.js';

const errorName = z.string().regex(/^[A-Za-z]\w*$/, { error: 'an error name such as ServiceException' });

/** Effects of which a fault has at most one; `delayMs` may stand beside each. */
const OUTCOMES = [
  'error',
  'drop',
  'applyThenDrop',
  'html502',
  'emptyBody',
  'truncatedBody',
  'operationFailed',
  'stuckPending',
  'revertAfterMs',
  'unhealthy',
  'tokenless',
  'expiresAfterMs',
] as const;

type Outcome = (typeof OUTCOMES)[number];

/** The outcomes that only some operations can have; what the others can have is all the same to them. */
const OPERATIONS_WITH: { readonly [Key in Outcome]?: readonly AnyOperationName[] } = {
  operationFailed: [UPDATE],
  stuckPending: [UPDATE],
  revertAfterMs: [UPDATE],
  unhealthy: [UPDATE],
  tokenless: INSTANCE_OPERATIONS,
  expiresAfterMs: [ASSUME_ROLE],
};

const UNCLEAR = ['html502', 'emptyBody', 'truncatedBody'] as const;

const yes = z.literal(true).optional();

const effectFields = section({
  error: z
    .union([errorName, section({ name: errorName, message: z.string().optional() })], {
      error: 'an error name such as ServiceException, or { name, message }',
    })
    .optional(),
  delayMs: milliseconds.optional(),
  drop: yes,
  applyThenDrop: yes,
  html502: yes,
  emptyBody: yes,
  truncatedBody: yes,
  operationFailed: yes,
  stuckPending: yes,
  revertAfterMs: milliseconds.optional(),
  unhealthy: z
    .union([z.literal(true), section({ afterMs: milliseconds })], { error: 'true, or { afterMs } in ms' })
    .optional(),
  tokenless: tokenless.optional(),
  expiresAfterMs: milliseconds.optional(),
  applied: z.boolean().optional(),
});

/** The effect of a fault, as it is written. */
export type EffectSpec = z.output<typeof effectFields>;

const effectSchema = effectFields
  .refine((effect) => countOutcomes(effect) === 1 || (countOutcomes(effect) === 0 && effect.delayMs !== undefined), {
    error: `one of ${OUTCOMES.join(', ')}; or delayMs, alone or beside it`,
    params: { remedy: 'Leave one effect, and list the others as faults of their own' },
  })
  .refine((effect) => effect.applied === undefined || UNCLEAR.some((outcome) => effect[outcome]), {
    error: `applied only beside ${UNCLEAR.join(', ')}`,
    path: ['applied'],
    params: { remedy: 'Remove it' },
  });

/** The schema of a fault, which may name these accounts. */
export function faultSchema(accounts: readonly string[]) {
  return section({
    operation: z.enum(ALL_OPERATION_NAMES).optional(),
    account: knownAccount(accounts).optional(),
    region: region.optional(),
    instance: z
      .string()
      .regex(/^[\w*?-]+$/, { error: 'an instance name, in which * is any run of characters and ? any one' })
      .optional(),
    after: z.int().min(0).optional(),
    times: z.int().min(1).optional(),
    probability: z.number().min(0).max(1).optional(),
    effect: effectSchema,
  })
    .superRefine(({ operation, effect }, context) => {
      const outcome = OUTCOMES.find((key) => effect[key] !== undefined);
      const allowed = outcome && OPERATIONS_WITH[outcome];
      if (!operation || !allowed || allowed.includes(operation)) return;
      const names = allowed.join(', ');
      const message = `${names} with ${outcome}`;
      const params = { remedy: `Change it to ${names.replaceAll(', ', ' or ')}` };
      context.addIssue({ code: 'custom', message, path: ['operation'], params, input: operation });
    })
    .refine(({ operation, instance }) => !operation || !instance || INSTANCE_MEMBER[operation] !== undefined, {
      error: `an instance only with ${INSTANCE_OPERATIONS.join(', ')}`,
      path: ['instance'],
      params: { remedy: 'Remove it: calls of this operation name no instance' },
    });
}

/** A fault as it is written in a scenario: whom it strikes, and its effect (docs/simulator.md). Times are in milliseconds. */
export interface FaultInput extends z.input<ReturnType<typeof faultSchema>> {}
export type FaultSpec = z.output<ReturnType<typeof faultSchema>>;

/**
 * The operations that a fault can strike. One that names none strikes those of Lightsail: callers don't count the calls
 * to STS that their credentials make.
 */
export function operationsOf({ operation, effect }: FaultSpec): readonly AnyOperationName[] {
  if (operation) return [operation];
  const outcome = OUTCOMES.find((key) => effect[key] !== undefined);
  return (outcome && OPERATIONS_WITH[outcome]) ?? OPERATION_NAMES;
}

function countOutcomes(effect: EffectSpec): number {
  return OUTCOMES.filter((outcome) => effect[outcome] !== undefined).length;
}
