/** What the credentials are for. */
export type PolicyMode = 'audit' | 'rollout';

export interface PolicyWish {
  readonly mode: PolicyMode;
  /** Default: every account and region. */
  readonly scopes?: readonly { readonly account?: string; readonly region?: string }[];
  /** Instances may be changed only where they have this tag. */
  readonly tag?: { readonly key: string; readonly value: string };
}

export interface PolicyStatement {
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

/** Readings of one instance; only a rollout makes them. */
const READ_ONE = 'lightsail:GetInstance';
const READ_ALL = 'lightsail:GetInstances';
const CHANGE = 'lightsail:UpdateInstanceMetadataOptions';

/**
 * The least that is needed. Readings take no resource; an Update can be narrowed to instances by ARN, whose last part is
 * no name, and by their tags (service authorization reference of Lightsail).
 *
 * @example iamPolicy({ mode: 'audit' }).Statement.length // 1
 */
export function iamPolicy({ mode, scopes = [{}], tag }: PolicyWish): IamPolicy {
  const read: PolicyStatement = {
    Sid: 'ReadInstances',
    Effect: 'Allow',
    Action: mode === 'audit' ? [READ_ALL] : [READ_ONE, READ_ALL],
    Resource: '*',
  };
  if (mode === 'audit') return { Version: '2012-10-17', Statement: [read] };
  const arns = scopes.map(({ account = '*', region = '*' }) => `arn:aws:lightsail:${region}:${account}:Instance/*`);
  const [only, ...others] = arns;
  const change: PolicyStatement = {
    Sid: 'ChangeMetadataOptions',
    Effect: 'Allow',
    Action: [CHANGE],
    Resource: only !== undefined && others.length === 0 ? only : arns,
    ...(tag !== undefined && { Condition: { StringEquals: { [`aws:ResourceTag/${tag.key}`]: tag.value } } }),
  };
  return { Version: '2012-10-17', Statement: [read, change] };
}
