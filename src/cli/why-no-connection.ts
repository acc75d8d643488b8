import { connect as connectPlainly, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TemporalConnectionOptions, TlsOptions } from '../server/index.js';
import { reasonOf } from './errors.js';

/** Why a server can't be reached, and what helps; without a remedy it is the usual ones. */
export interface NoConnection {
  readonly why: string;
  readonly remedies?: readonly string[];
}

/** Milliseconds for a look. */
const PATIENCE = 3_000;

/** What opens HTTP/2, with empty settings (RFC 9113, 3.4): a server that understands it answers with its own. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

/** The first byte of a TLS alert (RFC 8446, 5.1), with which a server that wants TLS answers anything else. */
const TLS_ALERT = 0x15;

/**
 * Looks by itself why the client has found no connection, since that says only that it took too long.
 *
 * @example await whyNoConnection({ address: '127.0.0.1:1' }) // { why: 'connection refused' }
 */
export async function whyNoConnection(connection: TemporalConnectionOptions): Promise<NoConnection> {
  const [, host = '', port = '7233'] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(connection.address) ?? [];
  const encryption = connection.tls === true ? {} : connection.tls || undefined;
  try {
    const first = await firstByte(() => {
      if (encryption === undefined) return connectPlainly(Number(port), host);
      const { serverNameOverride: servername = isIP(host) === 0 ? host : '', serverRootCACertificate: ca } = encryption;
      const { crt: cert, key } = encryption.clientCertPair ?? {};
      return connectTls({
        host,
        port: Number(port),
        servername,
        ALPNProtocols: ['h2'],
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && key !== undefined && { cert, key }),
      });
    }, encryption !== undefined);
    if (encryption === undefined && (first === TLS_ALERT || first === 'closed')) return WANTS_TLS;
    if (first !== 'closed') return { why: 'no answer in time' };
    return { why: 'it closes the connection', ...(encryption !== undefined && clientCertificate(encryption)) };
  } catch (error) {
    return explain(error, encryption ?? {});
  }
}

const WANTS_TLS: NoConnection = {
  why: 'it closes a connection without TLS',
  remedies: ['Switch TLS on: --tls, --tls-ca-path where it has a CA of its own, TEMPORAL_TLS=true, or a profile'],
};

function clientCertificate({ clientCertPair }: TlsOptions): Required<Pick<NoConnection, 'remedies'>> {
  const which = clientCertPair === undefined ? 'It may want a certificate of this client' : 'Give one that it knows';
  return { remedies: [`${which}: --tls-cert-path, --tls-key-path`] };
}

function explain(error: unknown, encryption: TlsOptions): NoConnection {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Of OpenSSL's errors the message is made for its developers.
  const why = error instanceof Error && 'reason' in error ? String(error.reason) : reasonOf(error);
  if (code === 'ECONNREFUSED') return { why: 'connection refused' };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { why: 'there is no host of that name' };
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/.test(code)) {
    return {
      why: 'it speaks no TLS',
      remedies: [
        'Leave the TLS flags and variables out, or set TEMPORAL_TLS=false; an API key switches TLS on as well',
      ],
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      why: 'its certificate is for another name',
      remedies: ['Give the name that it is for (--tls-server-name), or use that as the address'],
    };
  }
  if (code === 'CERT_HAS_EXPIRED') return { why: 'its certificate has expired', remedies: ['Renew it on the server'] };
  if (/CERT|ISSUER|SELF_SIGNED|LEAF_SIGNATURE/.test(code) && !code.includes('ALERT')) {
    return {
      why: `its certificate is not trusted here: ${why}`,
      remedies: ['Give the CA that it is from: --tls-ca-path, or TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    };
  }
  if (/ALERT/.test(code)) return { why: `it ends the TLS handshake: ${why}`, ...clientCertificate(encryption) };
  return { why };
}

/** The first byte that comes back, or how it went without one. */
function firstByte(open: () => Socket, isTls: boolean): Promise<number | 'closed' | 'silent'> {
  return new Promise((resolve, reject) => {
    const socket = open();
    const timer = setTimeout(() => settle(() => resolve('silent')), PATIENCE);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    socket.once(isTls ? 'secureConnect' : 'connect', () => socket.write(PREFACE));
    socket.once('data', (data: Buffer) => settle(() => resolve(data[0] ?? 'closed')));
    socket.once('close', () => settle(() => resolve('closed')));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(() => (!isTls && error.code === 'ECONNRESET' ? resolve('closed') : reject(error))),
    );
  });
}
