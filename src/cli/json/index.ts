import { z } from 'zod';
import { auditJsonSchema } from './audit.js';
import { listJsonSchema } from './list.js';
import {
  demoJsonSchema,
  doctorJsonSchema,
  errorJsonSchema,
  iamPolicyJsonSchema,
  schemaJsonSchema,
  simulatorJsonSchema,
} from './local.js';
import { rolloutJsonSchema } from './outcome.js';
import { planJsonSchema } from './plan.js';
import { reportJsonSchema, verifyJsonSchema } from './report.js';
import { rollbackJsonSchema } from './rollback.js';
import {
  scheduleCreateJsonSchema,
  scheduleJsonSchema,
  scheduleListJsonSchema,
  scheduleStateJsonSchema,
  scheduleTriggerJsonSchema,
} from './schedule.js';
import { initJsonSchema, validateJsonSchema } from './spec.js';
import { messageJsonSchema, statusJsonSchema } from './status.js';

/** What each command prints on stdout with `--json`, once it has done what it is for. */
export const JSON_SHAPES = {
  abort: messageJsonSchema,
  approve: messageJsonSchema,
  audit: auditJsonSchema,
  demo: demoJsonSchema,
  doctor: doctorJsonSchema,
  'iam-policy': iamPolicyJsonSchema,
  init: initJsonSchema,
  list: listJsonSchema,
  pause: messageJsonSchema,
  plan: planJsonSchema,
  reject: messageJsonSchema,
  report: z.union([reportJsonSchema, verifyJsonSchema]),
  resume: messageJsonSchema,
  retry: rolloutJsonSchema,
  revert: messageJsonSchema,
  rollback: rollbackJsonSchema,
  run: rolloutJsonSchema,
  'schedule create': scheduleCreateJsonSchema,
  'schedule delete': scheduleStateJsonSchema,
  'schedule describe': scheduleJsonSchema,
  'schedule list': scheduleListJsonSchema,
  'schedule pause': scheduleStateJsonSchema,
  'schedule resume': scheduleStateJsonSchema,
  'schedule trigger': scheduleTriggerJsonSchema,
  schema: schemaJsonSchema,
  simulator: simulatorJsonSchema,
  'skip-bake': messageJsonSchema,
  start: rolloutJsonSchema,
  status: statusJsonSchema,
  validate: validateJsonSchema,
  watch: rolloutJsonSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** What a command prints that fails, whichever it is. */
export const ERROR_SHAPE = errorJsonSchema;

export type ShapedCommand = keyof typeof JSON_SHAPES;

export function isShaped(command: string): command is ShapedCommand {
  return Object.hasOwn(JSON_SHAPES, command);
}

/** The JSON Schema of what a command prints with `--json`. @example outputJsonSchema('status').title // 'imds-rollout status --json' */
export function outputJsonSchema(command: ShapedCommand): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(JSON_SHAPES[command], { unrepresentable: 'any' });
  return { $schema, title: `imds-rollout ${command} --json`, ...schema };
}
