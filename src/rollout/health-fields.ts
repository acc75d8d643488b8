import { z } from 'zod';
import type { HealthCheck } from './health.js';
import { selector } from './selector-fields.js';
import { duration, strict } from './spec-fields.js';

/** What a probe's address may be made of. */
const URL_PLACEHOLDERS = ['publicIpAddress', 'name', 'region', 'account'] as const;

const activityFields = strict({
  type: z.string().min(1).max(200).describe('The activity type, as its worker registers it.'),
  taskQueue: z
    .string()
    .min(1)
    .max(200)
    .describe('Its task queue, which the configuration of the rollout worker must name.'),
});

const url = z
  .string()
  .max(500)
  .superRefine((value, context) => {
    const problem = urlProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .describe('Such as "http://{publicIpAddress}/health".');

function urlProblem(value: string): string | undefined {
  if (!/^https?:\/\/[^/]/.test(value)) return 'must be an address such as "http://{publicIpAddress}/health"';
  if (/^https?:\/\/[^/?#]*@/.test(value)) return 'must hold no user name or password: a spec stays in workflow history';
  const unknown = [...value.matchAll(/\{[^}]*\}/g)]
    .map(([braced]) => braced.slice(1, -1))
    .find((name) => !isPlaceholder(name));
  return unknown === undefined
    ? undefined
    : `{${unknown}} is unknown. Known here: ${URL_PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`;
}

function isStatusCode(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599;
}

function isPlaceholder(name: string): boolean {
  return URL_PLACEHOLDERS.some((known) => known === name);
}

const check = strict({
  match: selector.describe('Only these instances; omitted: all.').optional(),
  status: z
    .literal(true, { error: 'must be true; to have no checks, write checks: []' })
    .describe("Lightsail's own instance and system status.")
    .optional(),
  http: strict({
    url,
    expect: z
      .custom<number | 'same'>((value) => value === 'same' || isStatusCode(value), {
        error: 'must be a status code such as 200, or same: the code read before the change',
      })
      .meta({ anyOf: [{ const: 'same' }, { type: 'integer', minimum: 100, maximum: 599 }] })
      .default('same'),
  })
    .describe('A GET from the worker.')
    .optional(),
  activity: activityFields.describe('An activity of yours, asked for up to 200 instances at once.').optional(),
})
  .refine(({ status, http, activity }) => [status, http, activity].filter((each) => each !== undefined).length === 1, {
    error: 'must have exactly one of status, http and activity',
  })
  .transform(({ match, http, activity }): HealthCheck & { readonly match?: z.output<typeof selector> } => ({
    ...(match !== undefined && { match }),
    ...(http !== undefined
      ? { kind: 'http', ...http }
      : activity !== undefined
        ? { kind: 'activity', ...activity }
        : { kind: 'status' }),
  }));

export const healthFields = strict({
  interval: duration(10).describe('Between two readings.').prefault('1m'),
  failureThreshold: z.int().min(1).max(100).describe('Failed readings in a row that make an instance fail.').default(3),
  requireHealthyBefore: z.boolean().describe('An instance that fails before its change is left alone.').default(true),
  checks: z
    .array(check)
    .max(20)
    .describe('All that apply must pass; none: []')
    .prefault([{ status: true }]),
});

const NOTIFY_EVENTS = ['approval', 'hold', 'tripped', 'ended'] as const;

export const notifyFields = strict({
  on: z
    .array(z.enum(NOTIFY_EVENTS))
    .describe('Of what; nothing: []')
    .prefault([...NOTIFY_EVENTS]),
  activity: activityFields.describe("An activity of yours, beside the worker's webhook.").optional(),
});
