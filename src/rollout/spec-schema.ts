import { iso, z } from 'zod';
import { freezeFields, windowFields } from './calendar-fields.js';
import { evidenceFields } from './evidence-fields.js';
import { healthFields, notifyFields } from './health-fields.js';
import { optionFields } from './option-fields.js';
import { ACCOUNT_ID, REGION_NAME } from './scope.js';
import { nameText, selector } from './selector-fields.js';
import { allowance, duration, groupKey, stageSize, strict } from './spec-fields.js';
import { MAX_CONCURRENCY } from './turns.js';

/** A batch of this name is the way back, so no stage may have it. */
export const RESTORE_STAGE = 'restore';

const options = strict(optionFields)
  .refine((value) => Object.keys(value).length > 0, {
    error: 'asks for nothing: set at least one of httpTokens, httpEndpoint, httpPutResponseHopLimit, httpProtocolIpv6',
  })
  .meta({ minProperties: 1 });

const concurrency = z
  .int()
  .min(1, 'must be at least 1: a rollout of none at a time never ends (pause holds a running one)')
  .max(MAX_CONCURRENCY, `must be at most ${MAX_CONCURRENCY}`);

const regionName = z.string().regex(REGION_NAME, {
  error: ({ input }) =>
    input === 'all'
      ? 'must be a region; for every one write regions: all, without the list'
      : 'must be a region such as us-east-1 (an availability zone such as us-east-1a is not one)',
});

const BAD_ACCOUNT = 'must be an account ID of 12 digits, in quotes, such as "111122223333"';

const accountId = z.string(BAD_ACCOUNT).regex(ACCOUNT_ID, BAD_ACCOUNT);

const stage = strict({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, 'must be letters, digits and hyphens, at most 40 characters')
    .refine((name) => name !== RESTORE_STAGE, `"${RESTORE_STAGE}" is the name of the way back; choose another`),
  size: stageSize.describe(
    'A count (5), a share of the targets that need a change (20%), so many per value of a key (1 per tag:app), or rest.',
  ),
  bake: duration(0).describe('How long to watch before the next stage, such as 1h.').prefault('0s'),
  concurrency: concurrency.describe('Targets in change at once; omitted: the general one.').optional(),
  match: selector.describe('Only these targets; omitted: any.').optional(),
  approval: strict({
    timeout: duration(1).describe('How long to wait; omitted: for ever.').optional(),
    onTimeout: z
      .enum(['halt', 'rollback'])
      .describe('What happens when nobody has approved it by then.')
      .default('halt'),
  })
    .describe('The stage starts when an operator approves it.')
    .optional(),
});

const stages = z.array(stage).min(1).max(20);

/** What decides whether the rollout makes tokens required anywhere. */
type AskedTokens = Pick<z.output<typeof specFields>, 'options' | 'overrides'>;

/** Whether it makes tokens required, of all instances or of some. */
export function requiresTokens({ options: asked, overrides }: AskedTokens): boolean {
  return [asked, ...overrides.map((override) => override.options)].some(({ httpTokens }) => httpTokens === 'required');
}

/**
 * The stages of a spec that names none. Credentials of an instance role live about six hours, so software that can't get new
 * ones fails within a canary's bake of seven.
 */
function defaultStages(spec: AskedTokens): z.output<typeof stages> {
  return stages.parse([
    { name: 'canary', size: 1, bake: requiresTokens(spec) ? '7h' : '1h' },
    { name: 'early', size: '10%', bake: '1h' },
    { name: 'rest', size: 'rest', bake: '15m' },
  ]);
}

const specFields = strict({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'must be lower-case letters, digits and hyphens, at most 60 characters')
    .describe('Names the rollout and its workflow.'),
  options: options.describe('Only these fields are ever changed.'),
  overrides: z
    .array(strict({ match: selector, options }))
    .describe('Merged over options; the first match decides.')
    .prefault([]),
  targets: strict({
    accounts: z
      .array(accountId)
      .min(1, 'must name at least one account; leave it out for the account of the worker')
      .describe("Omitted: the worker's own. The roles of others stand in the worker's configuration.")
      .optional(),
    regions: z
      .union([z.literal('all'), z.array(regionName).min(1, 'must name at least one region, such as [us-east-1]')], {
        error: ({ input }) =>
          input === undefined
            ? 'is missing: give a list of regions, such as [us-east-1], or all'
            : 'must be a list of regions, such as [us-east-1], or all',
      })
      .describe('Every one of them is read before anything is changed; all: every one that the accounts may use.'),
    unknownRegions: z
      .enum(['refuse', 'allow'])
      .describe(
        'A region in the list that this version does not know: most likely misspelt (refuse), or newer than it (allow).',
      )
      .default('refuse'),
    include: selector.describe('Omitted: everything in scope.').optional(),
    exclude: selector.describe('Wins over include.').optional(),
    stopped: z
      .enum(['last', 'apply', 'skip'])
      .describe('Stopped instances: in the last stage, like any other, or not at all.')
      .default('last'),
  }).describe('Which instances it is about.'),
  exceptions: z
    .array(
      strict({
        names: z.array(nameText).min(1),
        reason: z.string().min(1).max(200),
        owner: z.string().min(1).max(100).optional(),
        until: iso
          .date('must be a date such as 2027-03-01')
          .describe('The last day of the waiver; after it the spec is refused.')
          .optional(),
      }),
    )
    .describe('Waivers: instances that are left alone and named in the report.')
    .prefault([]),
  spread: z
    .array(groupKey)
    .describe('Deal the targets out so that a small stage covers as many values of these keys as it can.')
    .prefault(['blueprint', 'scope']),
  stages: stages
    .describe(
      'One after the other; exactly one of size rest, the last. Omitted: a canary of 1, which bakes 7h where tokens become required and 1h otherwise; 10%, which bakes 1h; the rest, which bakes 15m.',
    )
    .optional(),
  concurrency: z
    .union([concurrency, strict({ total: concurrency.default(10), perScope: concurrency.optional() })], {
      error: 'must be a whole number, such as 10, or an object with total and perScope',
    })
    .describe('Targets in change at once, in total and in one account and region.')
    .transform((value) => (typeof value === 'number' ? { total: value } : value))
    .prefault(10),
  failure: strict({
    max: allowance.describe('Failures that a stage may have: a count or a share of its size.').prefault(0),
    maxTotal: z.int().min(0).describe('Failures that the run may have.').optional(),
    revert: z
      .enum(['none', 'failed', 'run'])
      .describe('What goes back: nothing, each target that fails, or also everything changed once too many have.')
      .default('run'),
  })
    .describe('The budget: how many targets may fail before the rollout stops, and what becomes of the instances then.')
    .prefault({}),
  rollback: strict({
    concurrency: concurrency.describe('Targets in change at once.').default(20),
    keepTokens: z.boolean().describe('Never lower httpTokens on the way back.').default(false),
  })
    .describe('How it goes back.')
    .prefault({}),
  apply: strict({
    timeout: duration(1).describe('From the write until a change must have been applied.').prefault('10m'),
    pollInterval: duration(10)
      .describe('Between two looks at a change; less often where changes take minutes.')
      .prefault('5s'),
    maxErrors: z
      .int()
      .min(1)
      .max(100)
      .describe('AWS errors of one target before it fails; throttling does not count.')
      .default(5),
  })
    .describe('How one target is changed.')
    .prefault({}),
  evidence: evidenceFields
    .describe('Whether a host would break, by its calls without a token; only where httpTokens goes to required.')
    .prefault({}),
  windows: z.array(windowFields).describe('New changes start in these times only; omitted: at any time.').prefault([]),
  freeze: z.array(freezeFields).describe('Days on which no new change starts.').prefault([]),
  busy: strict({
    wait: duration(0).describe("How long to wait for another rollout's lease.").prefault('0s'),
  })
    .describe('What it does where another rollout writes in one of its accounts and regions.')
    .prefault({}),
  credentials: strict({
    wait: duration(1_000)
      .describe("How long the rollout waits while the caller's keys are refused, before it halts.")
      .prefault('24h'),
  })
    .describe(
      'What it does where keys lapse: it waits, says which account, and goes on by itself once calls are accepted.',
    )
    .prefault({}),
  health: healthFields.describe('How changed instances are watched until the rollout has ended.').prefault({}),
  notify: notifyFields.describe('Who is told of what; omitted: the webhook of the worker, of everything.').prefault({}),
});

/** The schema of a rollout spec; its input is what people write, its output has milliseconds and defaults. */
export const specSchema = specFields.transform((spec) => ({ ...spec, stages: spec.stages ?? defaultStages(spec) }));
