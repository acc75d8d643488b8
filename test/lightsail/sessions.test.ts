import { describe, expect, it } from 'vitest';
import { Accounts } from '../../src/lightsail/accounts.js';
import { RoleSession } from '../../src/lightsail/role-session.js';
import { type Keys, SecurityTokens } from '../../src/lightsail/security-tokens.js';
import { monotonicNow } from '../../src/lightsail/wait-clock.js';

const OWN = '111122223333';
const OTHER = '444455556666';
const role = `arn:aws:iam::${OTHER}:role/imds`;
const KEYS = { accessKeyId: 'ASIA', secretAccessKey: 'test', sessionToken: 'test' };

/** STS that knows who each key belongs to, and fails as often as it is told. */
class Tokens extends SecurityTokens {
  assumed = 0;
  asked = 0;

  constructor(private failing = 0) {
    super({}, 1_000);
  }

  override async identityOf(keys?: Keys) {
    this.asked += 1;
    if (this.failing-- > 0) throw new Error('STS is away');
    const account = keys === undefined ? OWN : OTHER;
    return { account, arn: `arn:aws:sts::${account}:assumed-role/imds/me` };
  }

  override async assume() {
    this.assumed += 1;
    return { keys: KEYS, openedAt: monotonicNow(), lifetime: 3_600_000 };
  }
}

describe('an identity', () => {
  it("is the process's own, or that of the role of an account", async () => {
    const accounts = new Accounts(new Tokens(), { [OTHER]: { role } });
    expect(await accounts.identityOf()).toMatchObject({ account: OWN });
    expect(await accounts.identityOf(OWN)).toMatchObject({ account: OWN });
    expect(await accounts.identityOf(OTHER)).toMatchObject({ account: OTHER });
    await expect(accounts.identityOf('777788889999')).rejects.toMatchObject({ name: 'AccountNotConfigured' });
  });

  it('that could not be had is asked for again, and one that could is not', async () => {
    const tokens = new Tokens(1);
    const accounts = new Accounts(tokens, {});
    await expect(accounts.identityOf()).rejects.toThrow('STS is away');
    expect(await accounts.identityOf()).toMatchObject({ account: OWN });
    await accounts.identityOf();
    expect(tokens.asked).toBe(2);
  });
});

describe('sessions', () => {
  it('of very many purposes are forgotten, the one first that was used longest ago', () => {
    const accounts = new Accounts(new Tokens(), { [OTHER]: { role } });
    const first = accounts.sessionOf(OTHER, 'rollout-0');
    for (let n = 1; n <= 200; n += 1) accounts.sessionOf(OTHER, `rollout-${n}`);
    expect(accounts.sessionOf(OTHER, 'rollout-200')).toBe(accounts.sessionOf(OTHER, 'rollout-200'));
    expect(accounts.sessionOf(OTHER, 'rollout-0')).not.toBe(first);
  });

  it('of an account without a role can not be opened', async () => {
    const tokens = new Tokens();
    await expect(new Accounts(tokens, {}).sessionOf('777788889999').keys()).rejects.toMatchObject({
      name: 'AccountNotConfigured',
    });
  });

  it('that could not be opened are opened anew, and dropped only with the keys that they have', async () => {
    let opened = 0;
    const session = new RoleSession(async () => {
      opened += 1;
      if (opened === 1) throw new Error('STS is away');
      return { keys: { ...KEYS }, openedAt: 0, lifetime: Number.POSITIVE_INFINITY };
    });
    await expect(session.keys()).rejects.toThrow('STS is away');
    const keys = await session.keys();
    await session.drop(KEYS);
    expect(await session.keys()).toBe(keys);
    await session.drop(keys);
    expect(await session.keys()).not.toBe(keys);
    expect(opened).toBe(3);
  });
});
