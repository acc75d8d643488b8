import { z } from 'zod';
import { INSTANCE_MEMBER, OPERATION_NAMES, UPDATE } from '../api/operation-names.js';
import { knownAccount, milliseconds, region, section } from './fields.js';

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
] as const;

const UPDATE_ONLY = ['operationFailed', 'stuckPending', 'revertAfterMs', 'unhealthy'] as const;
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
    operation: z.enum(OPERATION_NAMES).optional(),
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
    .refine(({ operation, effect }) => !operation || operation === UPDATE || !isUpdateOnly(effect), {
      error: `${UPDATE} with ${UPDATE_ONLY.join(', ')}`,
      path: ['operation'],
      params: { remedy: `Change it to ${UPDATE}` },
    })
    .refine(({ operation, instance }) => !operation || !instance || INSTANCE_MEMBER[operation] !== undefined, {
      error: `an instance only with ${Object.keys(INSTANCE_MEMBER).join(', ')}`,
      path: ['instance'],
      params: { remedy: 'Remove it: calls of this operation name no instance' },
    });
}

/** A fault as it is written in a scenario. */
export type FaultInput = z.input<ReturnType<typeof faultSchema>>;
export type FaultSpec = z.output<ReturnType<typeof faultSchema>>;

/** Whether an effect makes sense for updates only. */
export function isUpdateOnly(effect: EffectSpec): boolean {
  return UPDATE_ONLY.some((outcome) => effect[outcome] !== undefined);
}

function countOutcomes(effect: EffectSpec): number {
  return OUTCOMES.filter((outcome) => effect[outcome] !== undefined).length;
}
