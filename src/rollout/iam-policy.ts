/** What the credentials are for. */
export type PolicyMode = 'audit' | 'rollout';

export interface PolicyWish {
  readonly mode: PolicyMode;
  /** Default: every account and region. */
  readonly scopes?: readonly { readonly account?: string; readonly region?: string }[];
  /** ARNs of the roles of other accounts that are assumed. */
  readonly roles?: readonly string[];
  /** Instances may be changed only where they have this tag. */
  readonly tag?: { readonly key: string; readonly value: string };
}

interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string>> };
}

export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** Asked for only where a spec says `regions: all`, or --regions all. */
const LIST_REGIONS = 'lightsail:GetRegions';

/** Calls without a token: evidence of a rollout, and `audit --usage`. */
const READ_METRICS = 'lightsail:GetInstanceMetricData';

/** Readings of one instance; only a rollout makes them. */
const READ_ONE = 'lightsail:GetInstance';
/** Whether something else writes beside a rollout; without it, that is not known. */
const READ_OPERATIONS = 'lightsail:GetOperations';
const READ_ALL = 'lightsail:GetInstances';
const CHANGE = 'lightsail:UpdateInstanceMetadataOptions';

/**
 * The least that is needed. Readings take no resource; an Update can be narrowed to instances by ARN, whose last part is
 * no name, and by their tags (service authorization reference of Lightsail).
 *
 * @example iamPolicy({ mode: 'audit' }).Statement.length // 1
 */
export function iamPolicy({ mode, scopes = [{}], roles = [], tag }: PolicyWish): IamPolicy {
  const read: PolicyStatement = {
    Sid: 'ReadInstances',
    Effect: 'Allow',
    Action: [
      ...(mode === 'audit' ? [] : [READ_ONE]),
      READ_METRICS,
      READ_ALL,
      ...(mode === 'audit' ? [] : [READ_OPERATIONS]),
      LIST_REGIONS,
    ],
    Resource: '*',
  };
  const assume: PolicyStatement[] =
    roles.length === 0
      ? []
      : [{ Sid: 'ReachOtherAccounts', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: oneOrAll(roles) }];
  if (mode === 'audit') return { Version: '2012-10-17', Statement: [read, ...assume] };
  const arns = scopes.map(({ account = '*', region = '*' }) => `arn:aws:lightsail:${region}:${account}:Instance/*`);
  const change: PolicyStatement = {
    Sid: 'ChangeMetadataOptions',
    Effect: 'Allow',
    Action: [CHANGE],
    Resource: oneOrAll(arns),
    ...(tag !== undefined && { Condition: { StringEquals: { [`aws:ResourceTag/${tag.key}`]: tag.value } } }),
  };
  return { Version: '2012-10-17', Statement: [read, change, ...assume] };
}

function oneOrAll(arns: readonly string[]): string | readonly string[] {
  const [only, ...others] = arns;
  return only !== undefined && others.length === 0 ? only : arns;
}
