import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientConfigProfile, ConfigDataSource } from '@temporalio/envconfig';
import { reasonOf, TemporalTlsInvalid } from './errors.js';

type TlsSettings = NonNullable<ClientConfigProfile['tls']>;

/** As `Connection.connect` and `NativeConnection.connect` take them. */
export interface TlsOptions {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Buffer;
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
}

/**
 * Reads certificates and keys, and looks at them: what the native part of the SDK says of a file that it can't use
 * names neither the file nor the reason.
 *
 * @throws TemporalTlsInvalid naming the file and what is wrong, never what is in it
 */
export function readTls({ serverName, serverCACert, clientCert, clientKey }: TlsSettings): TlsOptions {
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    const [there, missing, flag] =
      clientKey === undefined
        ? ['certificate of this client', 'its key', '--tls-key-path (TEMPORAL_TLS_CLIENT_KEY_PATH)']
        : ['key of this client', 'its certificate', '--tls-cert-path (TEMPORAL_TLS_CLIENT_CERT_PATH)'];
    throw new TemporalTlsInvalid(`There is a ${there} for TLS, but not ${missing}: add ${flag}.`);
  }
  return {
    ...(serverName !== undefined && { serverNameOverride: serverName }),
    ...(serverCACert !== undefined && { serverRootCACertificate: readCertificate(serverCACert, "server's CA").pem }),
    ...(clientCert !== undefined && clientKey !== undefined && { clientCertPair: readPair(clientCert, clientKey) }),
  };
}

function readPair(certSource: ConfigDataSource, keySource: ConfigDataSource): { crt: Buffer; key: Buffer } {
  const { pem: crt, certificate } = readCertificate(certSource, "client's");
  const ends = new Date(certificate.validTo);
  if (ends.getTime() < Date.now()) {
    throw new TemporalTlsInvalid(
      `The client's certificate (${placeOf(certSource)}) has ended on ${ends.toISOString().slice(0, 10)}: renew it.`,
    );
  }
  const key = read(keySource, "client's key");
  if (!certificate.checkPrivateKey(parseKey(key, placeOf(keySource)))) {
    throw new TemporalTlsInvalid(
      `The client's key (${placeOf(keySource)}) is not the one of its certificate (${placeOf(certSource)}): give the two that belong together.`,
    );
  }
  return { crt, key };
}

function readCertificate(source: ConfigDataSource, whose: string): { pem: Buffer; certificate: X509Certificate } {
  const pem = read(source, `${whose} certificate`);
  try {
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no BEGIN CERTIFICATE in it');
    return { pem, certificate: new X509Certificate(pem) };
  } catch (error) {
    throw new TemporalTlsInvalid(
      `The ${whose} certificate (${placeOf(source)}) is no certificate in PEM form: give one that begins with -----BEGIN CERTIFICATE-----.`,
      { cause: error },
    );
  }
}

function parseKey(pem: Buffer, place: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch (error) {
    const isLocked = pem.includes('ENCRYPTED');
    throw new TemporalTlsInvalid(
      isLocked
        ? `The client's key (${place}) has a passphrase, and the Temporal SDK takes none: give one without, that only this user may read.`
        : `The client's key (${place}) is no private key in PEM form: give one that begins with -----BEGIN PRIVATE KEY-----.`,
      // What OpenSSL says of a key names no part of it.
      { cause: error },
    );
  }
}

function read(source: ConfigDataSource, what: string): Buffer {
  if ('data' in source) return Buffer.from(source.data);
  try {
    return readFileSync(source.path);
  } catch (error) {
    throw new TemporalTlsInvalid(
      `The ${what} can't be read: ${reasonOf(error)}. Give the path of a file in PEM form.`,
      {
        cause: error,
      },
    );
  }
}

function placeOf(source: ConfigDataSource): string {
  return 'path' in source ? source.path : 'from the environment or the profile';
}
