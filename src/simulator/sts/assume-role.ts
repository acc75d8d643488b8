import { z } from 'zod';
import { externalId, SESSION_SECONDS } from '../scenario/fields.js';
import { ApiError } from '../wire/api-error.js';
import type { StsContext, StsHandler, StsInput } from './operations.js';

const ROLE_ARN = /^arn:aws(?:-\w+)*:iam::(\d{12}):role\/([\w+=,.@/-]*[\w+=,.@-])$/;

/** A role's session can't open one for longer (IAM user guide, "Role chaining"). */
const MAX_CHAINED_SECONDS = 3600;

const input = z.object({
  RoleArn: z.string().min(20).max(2048).regex(ROLE_ARN, { error: 'is invalid' }),
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/, { error: 'must be 2 to 64 of the characters [\\w+=,.@-]' }),
  DurationSeconds: z
    .string()
    .regex(/^\d+$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.int().min(SESSION_SECONDS.min).max(SESSION_SECONDS.max))
    .default(SESSION_SECONDS.default),
  ExternalId: externalId.optional(),
});

/** AssumeRole. Every caller with keys of the simulator may assume every role, if it names the role's external ID. */
export const assumeRole: StsHandler = (context, parameters) => {
  const request = readParameters(parameters);
  const { world, caller, now } = context;
  if (caller.session && request.DurationSeconds > MAX_CHAINED_SECONDS) {
    throw new ApiError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  const { account, name } = readRoleArn(request.RoleArn);
  const role = world.accounts.findRole(account, name);
  // As with AWS, the message doesn't tell a role that isn't there from an external ID that is wrong.
  if (!role || (role.externalId !== undefined && role.externalId !== request.ExternalId)) {
    const action = `sts:AssumeRole on resource: ${request.RoleArn}`;
    throw new ApiError('AccessDenied', `User: ${caller.arn} is not authorized to perform: ${action}`);
  }
  const seconds = Math.min(request.DurationSeconds, world.scenario.sessionSeconds ?? Infinity);
  const toldEnd = now + seconds * 1000;
  const keys = world.accounts.openSession({
    account,
    role: name,
    sessionName: request.RoleSessionName,
    endsAt: Math.min(toldEnd, realEnd(context)),
  });
  return {
    AssumedRoleUser: { AssumedRoleId: keys.identity.userId, Arn: keys.identity.arn },
    Credentials: {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
      Expiration: new Date(toldEnd).toISOString(),
    },
  };
};

/** The account and the name in a role's ARN; empty when it isn't one. A role with a path isn't in any scenario. */
export function readRoleArn(arn: string): { readonly account: string; readonly name: string } {
  const [, account = '', name = ''] = ROLE_ARN.exec(arn) ?? [];
  return { account, name };
}

/** When a fault ends the session, whatever the reply tells. */
function realEnd({ effect, now }: StsContext): number {
  return effect?.kind === 'expiresAfterMs' ? now + effect.ms : Infinity;
}

/** The messages name the members and never repeat their values, which may be secret. */
function readParameters(parameters: StsInput): z.output<typeof input> {
  const result = input.safeParse(parameters);
  if (result.success) return result.data;
  const reasons = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const count = `${reasons.length} validation error${reasons.length === 1 ? '' : 's'} detected`;
  throw new ApiError('ValidationError', `${count}: ${reasons.join('; ')}`);
}
