import { z } from 'zod';
import { combineReadings, type HealthReading } from './health.js';
import { cutReason } from './outcome.js';

/** The most instances that an activity of the user's is asked about in one call. */
export const USER_CHECK_MAX_TARGETS = 200;

/** An instance that a health activity of yours is asked about. */
export interface UserCheckTarget {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  /** Null where it has none. */
  readonly publicIpAddress: string | null;
}

/**
 * What a health activity of yours is given: the one that `health.checks[].activity` names (docs/health-checks.md).
 *
 * @example
 * export async function servesOrders({ targets }: UserCheckInput): Promise<UserCheckResult[]> {
 *   return Promise.all(targets.map(async ({ arn, name }) => ({ arn, result: (await isServing(name)) ? 'pass' : 'fail' })));
 * }
 */
export interface UserCheckInput {
  /** The rollout's workflow ID. */
  readonly rollout: string;
  /** Name of the stage. */
  readonly stage: string;
  /** Of the change: a target that fails before it is left alone, one that fails after it goes back. */
  readonly when: 'before' | 'after';
  /** At most 200. */
  readonly targets: readonly UserCheckTarget[];
}

/** What it returns, for each of them; whom it leaves out is inconclusive. */
export interface UserCheckResult {
  readonly arn: string;
  /** `inconclusive` fails nobody: it holds the rollout. */
  readonly result: 'pass' | 'fail' | 'inconclusive';
  /** For a person; cut to 300 characters, and what follows a `?` in an address is left out. */
  readonly reason?: string;
}

export interface UserCheckCall {
  readonly type: string;
  readonly taskQueue: string;
  /** Milliseconds until a worker must have taken it up. */
  readonly patience: number;
  readonly input: UserCheckInput;
}

const answerSchema = z.array(z.unknown());

const resultSchema = z.object({
  arn: z.string(),
  result: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string().nullish(),
});

/** Enough to know of whom a wrong result speaks. */
const namedSchema = z.object({ arn: z.string() });

/**
 * What an activity's answer says of each target, in their order. The answer is of somebody else's making: what isn't
 * understood, and who isn't named, is inconclusive, and of several results the worst counts.
 *
 * @example readAnswer('myCheck', targets, [{ arn, result: 'fail', reason: 'no heartbeat' }])
 */
export function readAnswer(type: string, targets: readonly UserCheckTarget[], answer: unknown): HealthReading[] {
  const entries = answerSchema.safeParse(answer).data;
  const wrongForm = unclear(`${type} answered in another form than [{ arn, result, reason }]`);
  if (entries === undefined) return targets.map(() => wrongForm);
  const byArn = new Map<string, HealthReading[]>();
  for (const entry of entries) {
    const arn = namedSchema.safeParse(entry).data?.arn;
    if (arn === undefined) continue;
    const parsed = resultSchema.safeParse(entry).data;
    const readings = byArn.get(arn) ?? [];
    readings.push(parsed === undefined ? wrongForm : toReading(type, parsed));
    byArn.set(arn, readings);
  }
  return targets.map(({ arn }) => {
    const readings = byArn.get(arn);
    return readings === undefined ? unclear(`${type} said nothing of it`) : combineReadings(readings);
  });
}

function toReading(type: string, { result, reason }: z.output<typeof resultSchema>): HealthReading {
  if (result === 'pass') return { verdict: 'pass', reason: '' };
  return { verdict: result, reason: plainReason(reason || `${type} says ${result}`) };
}

export function unclear(reason: string): HealthReading {
  return { verdict: 'inconclusive', reason: plainReason(reason) };
}

/** Short, and without the query of any address in it: that is where people put their tokens. */
function plainReason(text: string): string {
  return cutReason(text.slice(0, MAX_READ).replaceAll(/(\w:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/g, '$1'));
}

/** A reason is read no further, in characters. */
const MAX_READ = 2_000;
