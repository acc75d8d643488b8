import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { ConnectionFlags } from '../../src/cli/flags.js';
import { commandLine } from '../../src/cli/next-command.js';
import { redact } from '../../src/cli/render/redact.js';
import { connectionSettings } from '../../src/cli/temporal.js';
import { whyNoConnection } from '../../src/cli/why-no-connection.js';
import { makeCertificates, openGateway, SERVER_NAME, type TestCertificates } from '../support/tls-gateway.js';
import { parseJson, runCommand } from './support.js';

const API_KEY = 'KEEP0UT-api-key-of-the-tests';

let certificates: TestCertificates;
let folder = '';
const paths = { ca: '', cert: '', key: '', otherKey: '', toml: '' };

beforeAll(async () => {
  certificates = await makeCertificates();
  folder = await mkdtemp(join(tmpdir(), 'imds-rollout-tls-'));
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  paths.ca = await write('ca.pem', certificates.ca);
  paths.cert = await write('client.pem', certificates.client.cert);
  paths.key = await write('client.key', certificates.client.key);
  paths.otherKey = await write('server.key', certificates.server.key);
  paths.toml = await write(
    'temporal.toml',
    [
      '[profile.default]\naddress = "profile:1"\nnamespace = "of-profile"\napi_key = "profile-key"',
      '[profile.default.grpc_meta]\nx-tenant = "profile"\nx-other = "kept"',
      '[profile.secure]\naddress = "secure:1"\n[profile.secure.tls]\nserver_name = "of-profile"',
      `client_cert_data = """${certificates.client.cert}"""\nclient_key_data = """${certificates.client.key}"""`,
      '[profile.off]\naddress = "off:1"\n[profile.off.tls]\ndisabled = true',
    ].join('\n'),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const settings = (flags: ConnectionFlags, env: Record<string, string> = {}) => connectionSettings(flags, env);

/** Under a `[profile.default]` with an address, a namespace, a key and headers. */
const underProfile = (flags: ConnectionFlags, env: Record<string, string> = {}) =>
  settings(flags, { TEMPORAL_CONFIG_FILE: paths.toml, ...env });

describe('where the server is', () => {
  it('is said by the flags over the environment over the profile, each field for itself', () => {
    const env = { TEMPORAL_NAMESPACE: 'of-env', TEMPORAL_ADDRESS: 'env:1', TEMPORAL_API_KEY: 'env-key' };
    expect(settings({})).toMatchObject({ address: 'localhost:7233', namespace: 'default' });
    expect(underProfile({})).toMatchObject({ address: 'profile:1', namespace: 'of-profile', source: 'profile' });
    expect(underProfile({}, env)).toMatchObject({ address: 'env:1', namespace: 'of-env', source: 'TEMPORAL_ADDRESS' });
    const flags = { address: 'flag:1', apiKey: 'flag-key' };
    expect(underProfile(flags, env)).toMatchObject({
      address: 'flag:1',
      namespace: 'of-env',
      source: 'flag',
      connection: { apiKey: 'flag-key' },
    });
    expect(underProfile({ profile: 'off' })).toMatchObject({ address: 'off:1', namespace: 'default' });
    expect(settings({ configFile: paths.toml, profile: 'off' })).toMatchObject({ address: 'off:1' });
  });

  it('takes headers from all of them, and their names in any case', () => {
    const { connection } = underProfile({ grpcMeta: ['X-Tenant=flag', 'x-a=b=c'] });
    expect(connection.metadata).toEqual({ 'x-tenant': 'flag', 'x-other': 'kept', 'x-a': 'b=c' });
  });

  it('is reached by TLS with an API key, unless that is outright switched off', () => {
    expect(settings({ apiKey: API_KEY }).connection).toEqual({ address: 'localhost:7233', tls: true, apiKey: API_KEY });
    expect(settings({ apiKey: API_KEY }, { TEMPORAL_TLS: 'false' }).connection.tls).toBe(false);
    expect(settings({}).connection.tls).toBeUndefined();
  });

  it('is reached by TLS with any flag of it, over a profile that has it switched off', () => {
    expect(underProfile({ profile: 'off' }).connection.tls).toBe(false);
    expect(underProfile({ profile: 'off', tls: true }).connection.tls).toEqual({});
    expect(underProfile({ profile: 'off', tlsServerName: 'name' }).connection.tls).toEqual({
      serverNameOverride: 'name',
    });
    const { ca, cert: tlsCertPath, key: tlsKeyPath } = paths;
    const { tls } = underProfile({ profile: 'secure', tlsCaPath: ca, tlsCertPath, tlsKeyPath }).connection;
    expect(tls).toEqual({
      serverNameOverride: 'of-profile',
      serverRootCACertificate: Buffer.from(certificates.ca),
      clientCertPair: { crt: Buffer.from(certificates.client.cert), key: Buffer.from(certificates.client.key) },
    });
  });
});

describe('what is of no use is refused with the remedy, and without its content', () => {
  it.each<[what: string, flags: () => ConnectionFlags & { readonly toml?: string }, says: RegExp]>([
    ['a certificate alone', () => ({ tlsCertPath: paths.cert }), /not its key: add --tls-key-path/],
    ['a key alone', () => ({ tlsKeyPath: paths.key }), /not its certificate: add --tls-cert-path/],
    [
      'a file that is not there',
      () => ({ tlsCaPath: '/nowhere.pem' }),
      /CA certificate can't be read: .*\/nowhere\.pem/,
    ],
    ['a key for a certificate', () => ({ tlsCaPath: paths.key }), /client\.key\) is no certificate in PEM form/],
    [
      'a certificate for a key',
      () => ({ tlsCertPath: paths.cert, tlsKeyPath: paths.cert }),
      /client\.pem\) is no private key/,
    ],
    [
      'the key of another',
      () => ({ tlsCertPath: paths.cert, tlsKeyPath: paths.otherKey }),
      /server\.key\) is not the one of its certificate/,
    ],
    ['a header without a value', () => ({ grpcMeta: [API_KEY] }), /--grpc-meta must be KEY=VALUE/],
    ['a check that is off', () => ({ tlsDisableHostVerification: true }), /always checked.*--tls-ca-path/],
    ['a file of profiles that is not there', () => ({ configFile: '/nowhere.toml' }), /\/nowhere\.toml/],
    ['a profile that is not there', () => ({ configFile: paths.toml, profile: 'x' }), /Profile 'x' not found/],
  ])('%s', (_, flags, says) => {
    const error = catchOf(() => settings(flags()));
    expect(error).toMatch(says);
    expect(error).not.toMatch(/BEGIN [A-Z ]+-----.*[A-Za-z0-9/+]{30}|KEEP0UT/s);
  });

  it('a file of profiles with a mistake beside its key', async () => {
    const file = join(folder, 'broken.toml');
    await writeFile(file, `[profile.default]\napi_key = "${API_KEY}" oops\n`);
    const error = catchOf(() => settings({ configFile: file }));
    expect(error).toMatch(/cannot be read: Invalid TOML document.*broken\.toml/);
    expect(error).not.toContain('KEEP0UT');
  });
});

function catchOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${String(error.cause)}` : String(error);
  }
  throw new Error('it was accepted');
}

it('the next command leads to the same server, and shows no secret', () => {
  const flags: ConnectionFlags = {
    address: 'a:1',
    configFile: '/my config/t.toml',
    apiKey: API_KEY,
    tls: true,
    tlsCertPath: 'c.pem',
    tlsKeyPath: 'k.pem',
    tlsCaPath: 'ca.pem',
    tlsServerName: 'name',
    grpcMeta: [`authorization=${API_KEY}`],
    dataConverter: './codec.js',
  };
  expect(commandLine('watch', 'id', flags)).toBe(
    `imds-rollout watch id --address a:1 --config-file '/my config/t.toml' --api-key "$TEMPORAL_API_KEY" --tls --tls-cert-path c.pem --tls-key-path k.pem --tls-ca-path ca.pem --tls-server-name name --grpc-meta 'authorization=…' --data-converter ./codec.js`,
  );
});

it('a key that was given is redacted wherever it turns up, whatever it looks like', () => {
  settings({ apiKey: 'plain looking words', grpcMeta: ['x-key=another one'] });
  expect(redact('refused: plain looking words\n  at another one')).toBe('refused: [redacted]\n  at [redacted]');
});

describe('over TLS', () => {
  const gateway = async (mutual = false, apiKey?: string) => {
    const opened = await openGateway(inject('temporal').address, {
      certificates,
      mutual,
      ...(apiKey !== undefined && { apiKey }),
    });
    onTestFinished(() => opened.close());
    return opened;
  };

  it('says why no connection comes about', async () => {
    const { address } = await gateway();
    const { address: mutual } = await gateway(true);
    const { address: plain } = inject('temporal');
    const ca = { serverRootCACertificate: Buffer.from(certificates.ca) };
    const tls = { ...ca, serverNameOverride: SERVER_NAME };
    const look = async (...args: Parameters<typeof whyNoConnection>) => {
      const { why, remedies = [] } = await whyNoConnection(...args);
      return [why, ...remedies].join('\n');
    };
    expect(await look({ address: '127.0.0.1:1' })).toBe('connection refused');
    expect(await look({ address: plain, tls: true })).toMatch(/speaks no TLS\n.*TEMPORAL_TLS=false/);
    expect(await look({ address })).toMatch(/without TLS\n.*--tls/);
    expect(await look({ address, tls: true })).toMatch(/not trusted here: .*\n.*--tls-ca-path/);
    expect(await look({ address, tls: ca })).toMatch(/another name\n.*--tls-server-name/);
    expect(await look({ address: mutual, tls })).toMatch(/certificate required\n.*--tls-cert-path/);
    const { cert, key } = (await makeCertificates()).client;
    const strange = { ...tls, clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) } };
    expect(await look({ address: mutual, tls: strange })).toMatch(/\nGive one that it knows: --tls-cert-path/);
    // Nothing is wrong with it that a look could find.
    expect(await look({ address, tls })).toBe('no answer in time');
  });

  it('commands get in with certificate, key and headers, and are told where a key is wrong', async () => {
    const { address, seen } = await gateway(true, API_KEY);
    const { namespace } = inject('temporal');
    const tls = ['--tls-ca-path', paths.ca, '--tls-server-name', SERVER_NAME];
    const client = ['--tls-cert-path', paths.cert, '--tls-key-path', paths.key];
    const flags = ['--address', address, '--namespace', namespace, ...tls, ...client];
    const end = await runCommand(['list', '--limit', '1', '--json', '--grpc-meta', 'X-Tenant=mine', ...flags], {
      env: { TEMPORAL_API_KEY: API_KEY },
    });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(parseJson(end)).toMatchObject({ rollouts: expect.any(Array) });
    expect(seen.at(-1)).toMatchObject({ authorization: `Bearer ${API_KEY}`, 'x-tenant': 'mine' });

    const refused = await runCommand(['status', 'x', '--api-key', 'KEEP0UT-another-key', '--debug', ...flags]);
    expect(refused).toMatchObject({ code: 5, stdout: '' });
    expect(refused.stderr).toMatch(/refuses this client \(Request unauthorized\.\)\.\n.*TEMPORAL_API_KEY/);
    expect(refused.stderr).not.toContain('KEEP0UT');
  });
});
