import type { StsOperationName } from '../api/operation-names.js';
import type { Effect } from '../faults/effect.js';
import type { Identity } from '../world/accounts.js';
import type { World } from '../world/world.js';
import { assumeRole } from './assume-role.js';
import type { XmlElements } from './xml.js';

/** A call's parameters, as the form names them. */
export type StsInput = Readonly<Record<string, string>>;

/** What an operation knows of its call beside the input. */
export interface StsContext {
  readonly world: World;
  readonly caller: Identity;
  /** When the call arrived, in epoch milliseconds. */
  readonly now: number;
  readonly effect: Effect | undefined;
}

/** Answers one operation. Errors of the service are thrown as {@link ApiError}. */
export type StsHandler = (context: StsContext, input: StsInput) => XmlElements;

/** GetCallerIdentity. */
const getCallerIdentity: StsHandler = ({ caller }) => ({
  Arn: caller.arn,
  UserId: caller.userId,
  Account: caller.account,
});

/** The handler of each operation. */
export const STS_OPERATIONS: Readonly<Record<StsOperationName, StsHandler>> = {
  GetCallerIdentity: getCallerIdentity,
  AssumeRole: assumeRole,
};
