import type { ScenarioInput } from '../../src/simulator/index.js';
import { ACCOUNT, openTestBed, type TestBed } from './support.js';

export const OTHER_ACCOUNT = '444455556666';
export const ROLE_ARN = `arn:aws:iam::${OTHER_ACCOUNT}:role/imds-rollout`;
export const EXTERNAL_ID = 'imds-2026';

/** Whose keys sign a call; the first account's user when left out. */
export interface Keys {
  readonly accessKeyId: string;
  readonly sessionToken?: string | undefined;
}

/** An answer of STS: its HTTP status, its text, and the content of an element by name. */
export interface StsReply {
  readonly status: number;
  readonly text: string;
  readonly requestId: string | null;
  element(name: string): string | undefined;
}

/** A simulator in whose second account there is a role, and an instance next to that role's. */
export function openWithRole(scenario: ScenarioInput = {}): Promise<TestBed> {
  const accounts = [
    { id: ACCOUNT },
    { id: OTHER_ACCOUNT, roles: [{ name: 'imds-rollout', externalId: EXTERNAL_ID }, { name: 'open' }] },
  ];
  const fleet = [ACCOUNT, OTHER_ACCOUNT].map((account) => ({
    account,
    region: 'us-east-1',
    prefix: `of-${account}-`,
    count: 1,
  }));
  return openTestBed({ accounts, fleet, ...scenario });
}

/** A call to STS, as any client in the AWS query protocol makes it. */
export async function callSts(
  bed: TestBed,
  parameters: Readonly<Record<string, string>>,
  keys: Keys = { accessKeyId: bed.env.AWS_ACCESS_KEY_ID },
): Promise<StsReply> {
  return postForm(bed, { Version: '2011-06-15', ...parameters }, signedBy(keys));
}

/** AssumeRole with all that the role wants, unless said otherwise; an empty text leaves a parameter out. */
export function assumeRole(
  bed: TestBed,
  parameters: Readonly<Record<string, string>> = {},
  keys?: Keys,
): Promise<StsReply> {
  const all = { Action: 'AssumeRole', RoleArn: ROLE_ARN, RoleSessionName: 'rollout-1', ExternalId: EXTERNAL_ID };
  const given = Object.entries({ ...all, ...parameters }).filter(([, value]) => value !== '');
  return callSts(bed, Object.fromEntries(given), keys);
}

/** The keys in a reply of AssumeRole. */
export function keysIn(reply: StsReply) {
  return {
    accessKeyId: reply.element('AccessKeyId') ?? '',
    secretAccessKey: reply.element('SecretAccessKey') ?? '',
    sessionToken: reply.element('SessionToken') ?? '',
  };
}

/** The headers by which the simulator knows the caller; it doesn't verify signatures. */
export function signedBy({ accessKeyId, sessionToken }: Keys, service = 'sts'): Record<string, string> {
  const scope = `Credential=${accessKeyId}/20260601/us-east-1/${service}/aws4_request`;
  return {
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
}

/** A POST of a form. */
export async function postForm(
  bed: TestBed,
  parameters: Readonly<Record<string, string>>,
  headers: Record<string, string>,
): Promise<StsReply> {
  const reply = await fetch(bed.url, { method: 'POST', headers, body: new URLSearchParams(parameters) });
  const text = await reply.text();
  return {
    status: reply.status,
    text,
    requestId: reply.headers.get('x-amzn-requestid'),
    element: (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1],
  };
}
