import { byCodeUnit } from '../rollout/scope.js';
import { countOf } from '../rollout/status.js';
import { reasonOf } from './errors.js';
import { describeUnread, openAws, readReach } from './read-fleet.js';

/** A spec to begin with is written without it too; in milliseconds. */
const PATIENCE = 20_000;

/** What there is to write a spec for. */
export interface Surroundings {
  /** Regions with instances. */
  readonly regions: readonly string[];
  /** For a person, on one line. */
  readonly said: string;
}

/**
 * Looks, with the AWS credentials of this process, where there are instances, and how many of them let IMDSv1 in.
 *
 * @returns what was said alone, where it may not look everywhere: half an account is no ground for a suggestion
 * @example (await lookAround()).said // '38 instances in eu-west-1 (8) and us-east-1 (30); 31 of them let IMDSv1 in.'
 */
export async function lookAround(): Promise<Partial<Surroundings> & Pick<Surroundings, 'said'>> {
  const aws = await openAws({});
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const { instances, unread } = await readReach(aws.lightsail, { regions: 'all' }, {}, { signal });
    const [missing] = unread;
    if (missing !== undefined) return { said: `The account wasn't looked at: ${describeUnread(missing)}` };
    const counts = new Map<string, number>();
    for (const { region } of instances) counts.set(region, (counts.get(region) ?? 0) + 1);
    const regions = [...counts.keys()].sort(byCodeUnit);
    if (regions.length === 0) return { said: 'The account has no instance in any region.' };
    const open = instances.filter(({ options }) => options?.httpTokens !== 'required').length;
    const places = regions.map((region) => `${region} (${counts.get(region)})`).join(', ');
    return { regions, said: `${countOf(instances.length, 'instance')} in ${places}; ${open} of them let IMDSv1 in.` };
  } catch (error) {
    return { said: `The account wasn't looked at: ${reasonOf(error)}` };
  } finally {
    aws.close();
  }
}
