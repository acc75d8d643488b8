import type { Effect } from '../faults/effect.js';
import { ApiError } from '../wire/api-error.js';
import type { InstanceRef, Scope, SimulatedInstance } from '../world/instance.js';
import { type Listing, PageTokens } from '../world/page-token.js';
import type { Page } from '../world/sequence.js';
import type { World } from '../world/world.js';

/** What an operation knows of its call beside the input. */
export interface CallContext {
  readonly world: World;
  readonly scope: Scope;
  /** When the call arrived, in epoch milliseconds. */
  readonly now: number;
  /** The effect of the fault that struck the call. */
  readonly effect: Effect | undefined;
}

/** Answers one operation: the reply's body for an input. Errors of the service are thrown as {@link ApiError}. */
export type OperationHandler = (context: CallContext, input: unknown) => object;

/** The instance of that name in the caller's account and region. */
export function requireInstance({ world, scope }: CallContext, name: string): SimulatedInstance {
  const ref: InstanceRef = { ...scope, name };
  const instance = world.fleet.find(ref);
  if (!instance) throw new ApiError('NotFoundException', `The Instance does not exist: ${name}`);
  return instance;
}

/** The page of a listing that a token asks for, with the token of the next one. */
export function readPage<Item>(
  { world, scope }: CallContext,
  name: string,
  token: string | undefined,
  page: (after: number, size: number) => Page<Item>,
): { readonly items: readonly Item[]; readonly nextPageToken: string | undefined } {
  const tokens = new PageTokens(world.draws);
  const listing: Listing = { scope, name };
  const after = token === undefined ? 0 : tokens.read(listing, token);
  if (after === undefined) throw new ApiError('InvalidInputException', 'The page token is not valid.');
  const { items, nextAfter } = page(after, world.scenario.pageSize);
  return { items, nextPageToken: nextAfter === undefined ? undefined : tokens.make(listing, nextAfter) };
}
