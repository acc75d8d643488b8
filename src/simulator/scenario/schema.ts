import { z } from 'zod';
import { defaultAccessKeyId } from '../world/accounts.js';
import { faultSchema } from './fault-schema.js';
import {
  accountId,
  blueprint,
  DEFAULT_BLUEPRINT,
  externalId,
  IPV6_ELSEWHERE,
  instanceState,
  ipv6Fits,
  knownAccount,
  milliseconds,
  msRange,
  region,
  roleName,
  SESSION_SECONDS,
  section,
  startOptions,
  tags,
  tokenless,
} from './fields.js';

/** The account of a scenario that lists none. */
export const DEFAULT_ACCOUNT = { id: '111122223333', accessKeyId: 'AKIASIMULATOR0000001', roles: [] };

/** More than any fleet that a rollout accepts. */
const MAX_COUNT = 100_000;

const NONE = { min: 0, max: 0 };

/** The schema of a scenario's accounts, which the rest of the scenario refers to. */
export const accountsSchema = z
  .array(
    section({
      id: accountId,
      accessKeyId: z
        .string()
        .regex(/^\w{16,128}$/, { error: 'an access key ID of 16 to 128 letters and digits' })
        .optional(),
      roles: z
        .array(section({ name: roleName, externalId: externalId.optional() }))
        .refine((roles) => isUnique(roles.map(({ name }) => name)), {
          error: 'each role name once in an account',
          params: { remedy: 'Remove the repeated role' },
        })
        .default([]),
    }),
  )
  .min(1)
  .refine((accounts) => isUnique(accounts.map(({ id }) => id)), {
    error: 'each account once',
    params: { remedy: 'Remove the repeated account' },
  })
  .refine((accounts) => isUnique(accounts.map(({ id, accessKeyId }) => accessKeyId ?? defaultAccessKeyId(id))), {
    error: 'a different access key ID for each account',
    params: { remedy: 'Change the repeated access key ID' },
  });

/** The schema of a scenario with these accounts; none when its accounts are in error. */
export function scenarioSchema(accounts: readonly string[]) {
  return section({
    seed: z.int().default(1),
    latency: msRange.default(NONE),
    pending: msRange.default(NONE),
    stale: milliseconds.default(0),
    pageSize: z.int().min(1).max(1000).default(20),
    sessionSeconds: z.int().min(1).max(SESSION_SECONDS.max).optional(),
    modelledStatus: z.boolean().default(false),
    throttle: section({ ratePerSecond: z.number().positive(), burst: z.int().min(1) }).optional(),
    accounts: accountsSchema.default([DEFAULT_ACCOUNT]),
    fleet: z
      .array(fleetSchema(accounts))
      .refine((fleet) => fleet.reduce((sum, { count }) => sum + count, 0) <= MAX_COUNT, {
        error: `at most ${MAX_COUNT} instances in all`,
        params: { remedy: 'Lower a count' },
        abort: true,
      })
      .refine((fleet) => isUnique(fleet.flatMap(pathsOf)), {
        error: 'each instance name once in an account and region',
        params: { remedy: 'Change a prefix, so that no two entries make the same name' },
      })
      .default([]),
    faults: z.array(faultSchema(accounts)).default([]),
  });
}

function fleetSchema(accounts: readonly string[]) {
  return section({
    account: knownAccount(accounts).default(accounts[0] ?? DEFAULT_ACCOUNT.id),
    region,
    prefix: z.string().regex(/^\w[\w-]*$/, { error: 'letters, digits, _ and -, not starting in -' }),
    count: z.int().min(0).max(MAX_COUNT),
    tags: tags.default({}),
    blueprint: blueprint.default(DEFAULT_BLUEPRINT),
    options: startOptions.nullable().optional(),
    state: instanceState.default('running'),
    healthy: z.boolean().default(true),
    tokenless: tokenless.default(0),
  }).refine((entry) => ipv6Fits(entry.options, entry.region), {
    ...IPV6_ELSEWHERE,
    path: ['options', 'httpProtocolIpv6'],
  });
}

/** A scenario as it is written (docs/simulator.md). Times are in milliseconds. */
export interface ScenarioInput extends z.input<ReturnType<typeof scenarioSchema>> {}
/** A scenario that has been checked, with every default filled in. */
export interface Scenario extends z.output<ReturnType<typeof scenarioSchema>> {}

interface NamedEntry {
  readonly account: string;
  readonly region: string;
  readonly prefix: string;
  readonly count: number;
}

/** The names of a fleet entry's instances: the prefix plus 1 … count. */
export function namesOf(entry: Pick<NamedEntry, 'prefix' | 'count'>): string[] {
  return Array.from({ length: entry.count }, (_, index) => `${entry.prefix}${index + 1}`);
}

function pathsOf(entry: NamedEntry): string[] {
  return namesOf(entry).map((name) => `${entry.account}/${entry.region}/${name}`);
}

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
