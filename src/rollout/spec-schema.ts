import { z } from 'zod';
import { MAX_DURATION_MS, parseDuration } from './duration.js';
import { suggest } from './problem.js';
import {
  type Allowance,
  type GroupKey,
  parseAllowance,
  parseGroupKey,
  parseStageSize,
  type StageSize,
} from './size.js';

/** At most so many targets in change at once: a pending-activity limit of Temporal (2,000, 500 advised). */
export const MAX_CONCURRENCY = 500;

/** A batch of this name is the way back, so no stage may have it. */
export const RESTORE_STAGE = 'restore';

const SECRETS =
  /^(role|roles|rolearn|externalid|credentials?|accesskey(id)?|secret(accesskey)?|sessiontoken|headers?|webhook|token)$/i;

/** An object that refuses unknown fields, says which are known, and keeps credentials out. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      return (issue.keys ?? []).map((key) => unknownField(String(key), known)).join('\n');
    },
  });
}

function unknownField(key: string, known: readonly string[]): string {
  if (SECRETS.test(key)) {
    return `"${key}" doesn't belong in a spec, which stays in workflow history: credentials, roles and addresses are part of the worker's configuration`;
  }
  const near = suggest(key, known);
  return `unknown field "${key}"${near === undefined ? '' : `, did you mean "${near}"?`}; known here: ${known.join(', ')}`;
}

/** A part of the contract that this version can't carry out, and so must not accept. */
function later(field: string) {
  return z
    .never({ error: () => `${field} isn't supported by this version yet: leave it out` })
    .optional()
    .describe('Not supported by this version yet.');
}

/** Text that `parse` understands, turned into what it means. */
function parsed<T>(parse: (text: string) => T | undefined, allowed: string) {
  return z.union([z.string(), z.number()], { error: () => `must be ${allowed}` }).transform((value, context): T => {
    const result = parse(String(value));
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `"${String(value).slice(0, 60)}" isn't valid: must be ${allowed}` });
    return z.NEVER;
  });
}

function duration(min: number) {
  return parsed(
    (text) => {
      const ms = parseDuration(text);
      return ms === undefined || ms < min ? undefined : ms;
    },
    `a duration such as 30s, 15m, 7h or 14d, ${min > 0 ? `at least ${min}ms and ` : ''}at most ${MAX_DURATION_MS / 86_400_000}d`,
  );
}

const stageSize = parsed<StageSize>(
  parseStageSize,
  'a count of at least 1 (5), a share over 0 % (20%), so many per value of a key (1 per tag:app, 1 per blueprint, 1 per scope), or rest',
);
const allowance = parsed<Allowance>(parseAllowance, 'a count (2) or a share of at most 100 % (10%)');
const groupKey = parsed<GroupKey>(parseGroupKey, 'blueprint, scope or tag:KEY');

const nameText = z.string().min(1).max(255);

const selector = strict({
  names: z.array(nameText).min(1).describe('Globs; any of them.').optional(),
  tags: z
    .record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
    .describe('All of the keys; each value a glob or a list of globs.')
    .optional(),
}).refine((value) => value.names !== undefined || Object.keys(value.tags ?? {}).length > 0, {
  error: 'selects nothing in particular: give names, tags or both, or leave the selector out',
});

const options = strict({
  httpTokens: z.enum(['optional', 'required']).exactOptional(),
  httpEndpoint: z.enum(['enabled', 'disabled']).exactOptional(),
  httpPutResponseHopLimit: z.int().min(1).max(64).exactOptional(),
  httpProtocolIpv6: z.enum(['enabled', 'disabled']).describe('eu-north-1 only.').exactOptional(),
}).refine((value) => Object.keys(value).length > 0, {
  error: 'asks for nothing: set at least one of httpTokens, httpEndpoint, httpPutResponseHopLimit, httpProtocolIpv6',
});

const concurrency = z
  .int()
  .min(1, 'must be at least 1: a rollout of none at a time never ends (pause holds a running one)')
  .max(MAX_CONCURRENCY, `must be at most ${MAX_CONCURRENCY}`);

const regionName = z
  .string()
  .regex(
    /^[a-z]{2}(-[a-z]+)+-\d$/,
    'must be a region such as us-east-1 (an availability zone such as us-east-1a is not one)',
  );

const stage = strict({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, 'must be letters, digits and hyphens, at most 40 characters')
    .refine((name) => name !== RESTORE_STAGE, `"${RESTORE_STAGE}" is the name of the way back; choose another`),
  size: stageSize,
  bake: duration(0).prefault('0s'),
  concurrency: concurrency.optional(),
  match: selector.optional(),
  approval: later('approval'),
});

/** The schema of a rollout spec; its input is what people write, its output has milliseconds and defaults. */
export const specSchema = strict({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'must be lower-case letters, digits and hyphens, at most 60 characters'),
  options: options.describe('Only these fields are ever changed.'),
  overrides: z
    .array(strict({ match: selector, options }))
    .describe('Merged over options; the first match decides.')
    .default([]),
  targets: strict({
    accounts: later('accounts'),
    regions: z
      .array(regionName, { error: 'must be a list of regions; "all" isn\'t supported by this version yet' })
      .min(1, 'must name at least one region'),
    include: selector.describe('Omitted: everything in scope.').optional(),
    exclude: selector.describe('Wins over include.').optional(),
    stopped: z.enum(['last', 'apply', 'skip']).default('last'),
  }),
  exceptions: z
    .array(
      strict({
        names: z.array(nameText).min(1),
        reason: z.string().min(1).max(200),
        owner: z.string().min(1).max(100).optional(),
        until: z.iso.date('must be a date such as 2027-03-01').optional(),
      }),
    )
    .describe('Waivers: instances that are left alone and named in the report.')
    .default([]),
  spread: z.array(groupKey).default(['blueprint', 'scope']),
  stages: z
    .array(stage)
    .min(1)
    .max(20)
    .prefault([
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'early', size: '10%', bake: '1h' },
      { name: 'rest', size: 'rest', bake: '15m' },
    ]),
  concurrency: z
    .union([concurrency, strict({ total: concurrency.default(10), perScope: concurrency.optional() })])
    .transform((value) => (typeof value === 'number' ? { total: value } : value))
    .prefault(10),
  failure: strict({
    max: allowance.describe('Failures that a stage may have: a count or a share of its size.').prefault(0),
    maxTotal: z.int().min(0).optional(),
    revert: z.enum(['none', 'failed', 'run']).default('run'),
  }).prefault({}),
  rollback: strict({ concurrency: concurrency.default(20), keepTokens: z.boolean().default(false) }).prefault({}),
  apply: strict({
    timeout: duration(1).prefault('10m'),
    pollInterval: duration(10).prefault('5s'),
    maxErrors: z.int().min(1).max(100).default(5),
  }).prefault({}),
  evidence: z.literal('off', { error: () => 'only "off" is supported by this version yet: leave it out' }).optional(),
  health: later('health'),
  windows: later('windows'),
  freeze: later('freeze'),
  busy: strict({ wait: duration(0).prefault('0s') }).prefault({}),
  notify: later('notify'),
});
