import {
  classifyError,
  describeProblem,
  REGION_TO_ASK,
  readMetadataUse,
  readRegionNames,
  retryThrottledCalls,
  type SdkLightsail,
} from '../../lightsail/index.js';
import type { FleetInstance } from '../../rollout/instance.js';
import { accountsOf, describePlace, describeUnused, type Place, type Reach } from '../../rollout/reach.js';
import { countOf } from '../../rollout/status.js';
import { reasonOf } from '../errors.js';
import type { Finding } from '../json/local.js';
import { describeUnread, readReach } from '../read-fleet.js';

const ALLOW_READING = 'allow what imds-rollout iam-policy prints';

/** AWS refuses signatures that are five minutes off; half of it is a reason to look after the clock. */
const SKEW = { wrong: 300_000, doubtful: 150_000 } as const;

/** Credentials, clock, regions, and every permission that can be tried without writing. */
export async function examineAws(aws: SdkLightsail, reach: Reach | undefined): Promise<Finding[]> {
  const credentials = await Promise.all(
    accountsOf(reach ?? { regions: [] }).map((account) => examineCredentials(aws, account)),
  );
  if (credentials.every(({ state }) => state === 'failure')) return credentials;
  if (reach === undefined) return [...credentials, NO_REGION];
  const { instances, places, unread, unused } = await readReach(aws.lightsail, reach, {});
  const seen = describePlaces(places, instances, reach.regions === 'all').map(
    (what): Finding => ({ check: 'region', state: 'ok', what }),
  );
  const bad = unread.map(
    (each): Finding => ({ check: 'region', state: 'failure', what: describeUnread(each), remedy: ALLOW_READING }),
  );
  const passed = describeUnused(unused).map((what): Finding => ({ check: 'region', state: 'ok', what }));
  const permissions = await Promise.all(
    samples(instances).map((instance) => examinePermissions(aws, instance, reach.accounts !== undefined)),
  );
  return [...credentials, ...examineClock(aws), ...seen, ...passed, ...bad, ...permissions.flat()];
}

async function examineCredentials(aws: SdkLightsail, account: string | undefined): Promise<Finding> {
  try {
    if (account === undefined) await aws.checkCredentials();
    const { arn, account: found } = await aws.identityOf(account);
    return { check: 'credentials', state: 'ok', what: `AWS credentials of ${arn}, account ${found}` };
  } catch (error) {
    const problem = classifyError(error);
    const isMissing = problem.name === 'CredentialsProviderError';
    if (problem.kind === 'transient' || problem.kind === 'throttled') {
      const whose = account === undefined ? 'these credentials belong to' : `account ${account} is`;
      return {
        check: 'credentials',
        state: 'warning',
        what: `STS can't be asked whose ${whose} (${describeProblem(problem)})`,
        remedy: 'a worker has to reach STS: look at the network, a proxy, and AWS_ENDPOINT_URL_STS',
      };
    }
    return {
      check: 'credentials',
      state: 'failure',
      what: `no AWS credentials${account === undefined ? '' : ` for account ${account}`} (${isMissing ? reasonOf(error) : describeProblem(problem)})`,
      remedy:
        account === undefined
          ? 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
          : "mend the account's role in the configuration (--config), or its trust policy",
    };
  }
}

/** A line each, but of all regions those without an instance are counted only. */
function describePlaces(places: readonly Place[], instances: readonly FleetInstance[], isAll: boolean): string[] {
  const lines: string[] = [];
  const empty = new Map<string, number>();
  for (const place of places) {
    const own = instances.filter(
      ({ account, region }) => region === place.region && (place.account === undefined || place.account === account),
    );
    const whose = place.account === undefined ? '' : ` of account ${place.account}`;
    if (own.length === 0 && isAll) empty.set(whose, (empty.get(whose) ?? 0) + 1);
    else lines.push(`${describePlace(place)}: ${countOf(own.length, 'instance')}${describeOwner(place, own)}`);
  }
  return [...lines, ...[...empty].map(([whose, count]) => `${countOf(count, 'region')}${whose} without an instance`)];
}

function describeOwner(place: Place, [one]: readonly FleetInstance[]): string {
  return place.account !== undefined || one === undefined ? '' : ` in account ${one.account}`;
}

function examineClock(aws: SdkLightsail): Finding[] {
  const skew = aws.clockSkew();
  if (skew === undefined) return [];
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const what =
    seconds <= 2
      ? 'the clock agrees with that of AWS'
      : `the clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} that of AWS`;
  const remedy = 'set it by a time server: AWS refuses requests that are five minutes off';
  if (Math.abs(skew) >= SKEW.wrong) return [{ check: 'clock', state: 'failure', what, remedy }];
  if (Math.abs(skew) >= SKEW.doubtful) return [{ check: 'clock', state: 'warning', what, remedy }];
  return [{ check: 'clock', state: 'ok', what }];
}

/** One instance of each account: its permissions are the same for all. */
function samples(instances: readonly FleetInstance[]): FleetInstance[] {
  return [...new Map(instances.toReversed().map((instance) => [instance.account, instance])).values()];
}

/** Tries what a rollout calls, beside the list of instances and the Update. */
async function examinePermissions(aws: SdkLightsail, instance: FleetInstance, isNamed: boolean): Promise<Finding[]> {
  const { region, name, account } = instance;
  const of = (place: string) => retryThrottledCalls(aws.lightsail({ region: place, ...(isNamed && { account }) }));
  const here = of(region);
  const whose = isNamed ? ` in account ${account}` : '';
  const tried = await Promise.all([
    attempt('GetInstance', `${region}/${name}`, () => here.getInstance({ instanceName: name })),
    attempt('GetInstanceMetricData', `${region}/${name}`, () => readMetadataUse(here, name, { lookback: 3_600_000 })),
    attempt('GetOperations', region, () => here.getOperations({}), 'warning'),
    attempt('GetRegions', REGION_TO_ASK, () => readRegionNames(of(REGION_TO_ASK))),
  ]);
  const refused = tried.flatMap(({ finding }) => finding ?? []);
  const allowed = tried.filter(({ finding }) => finding === undefined).map(({ operation }) => `lightsail:${operation}`);
  const ok: Finding[] =
    allowed.length === 0 ? [] : [{ check: 'permission', state: 'ok', what: `allowed${whose}: ${allowed.join(', ')}` }];
  return [...ok, ...refused, { ...NOT_TRIED, what: `${NOT_TRIED.what}${whose}, since that writes` }];
}

/** @param state - what it is where the call is refused; a warning, where a rollout does without */
async function attempt(
  operation: string,
  of: string,
  call: () => Promise<unknown>,
  state: 'failure' | 'warning' = 'failure',
) {
  try {
    await call();
    return { operation };
  } catch (error) {
    const finding: Finding = {
      check: 'permission',
      state,
      what: `lightsail:${operation} of ${of}: ${describeProblem(classifyError(error))}`,
      remedy: ALLOW_READING,
    };
    return { operation, finding };
  }
}

const NO_REGION: Finding = {
  check: 'region',
  state: 'warning',
  what: 'no region was looked at',
  remedy: 'name them: a spec, --regions or AWS_REGION',
};

const NOT_TRIED: Finding = {
  check: 'permission',
  state: 'warning',
  what: 'lightsail:UpdateInstanceMetadataOptions was not tried',
  remedy: `${ALLOW_READING}, and begin with a canary of one; or try it on an instance of yours (--live-test NAME)`,
};
