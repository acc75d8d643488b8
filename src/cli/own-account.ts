import type { AccountRoles, SdkLightsail } from '../lightsail/index.js';
import { CliError } from './errors.js';

/**
 * The account of this process's own credentials can have no role: half of a rollout would go by it, and half without.
 * Where STS can't be asked whose they are, nothing is known.
 *
 * @throws CliError `BadInput`
 */
export async function requireOthers(
  { identityOf }: Pick<SdkLightsail, 'identityOf'>,
  accounts: AccountRoles | undefined,
  whose: string,
): Promise<void> {
  if (accounts === undefined || Object.keys(accounts).length === 0) return;
  const own = await identityOf().then(
    ({ account }) => account,
    () => undefined,
  );
  if (own === undefined || !Object.hasOwn(accounts, own)) return;
  throw new CliError(
    'BadInput',
    `Account ${own} is the one of ${whose} own credentials, so it can have no role in the configuration: take it out of accounts.`,
  );
}
