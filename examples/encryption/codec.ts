import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const { Payload: WirePayload } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** By ID: the key that encrypts, and those that only decrypt what is older. 32 bytes each. */
export interface Keys {
  readonly current: string;
  readonly byId: Readonly<Record<string, Buffer>>;
}

/**
 * AES-256-GCM over whole payloads, in the form of Temporal's own encryption samples (nonce, text, tag; the key's ID beside
 * it), so that their codec servers, and workers in other languages, read it too.
 */
export function encryptionCodec({ current, byId }: Keys): PayloadCodec {
  const keyOf = (id: string): Buffer => {
    const key = byId[id];
    if (key === undefined) throw new Error(`Payload encrypted with key "${id}", which isn't here: add it to the keys.`);
    return key;
  };

  function encrypt(payload: Payload): Payload {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', keyOf(current), nonce);
    const text = [cipher.update(WirePayload.encode(payload).finish()), cipher.final()];
    return {
      metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(current) },
      data: Buffer.concat([nonce, ...text, cipher.getAuthTag()]),
    };
  }

  function decrypt(payload: Payload): Payload {
    const { encoding, 'encryption-key-id': id } = payload.metadata ?? {};
    // What was written before there was encryption stays readable.
    if (Buffer.from(encoding ?? []).toString() !== ENCODING) return payload;
    const data = Buffer.from(payload.data ?? []);
    const decipher = createDecipheriv(
      'aes-256-gcm',
      keyOf(Buffer.from(id ?? []).toString()),
      data.subarray(0, NONCE_BYTES),
    );
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const plain = [decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return WirePayload.decode(Buffer.concat(plain));
  }

  return {
    encode: async (payloads) => payloads.map(encrypt),
    decode: async (payloads) => payloads.map(decrypt),
  };
}

function keyFromEnvironment(name: string): Buffer {
  const key = Buffer.from(process.env[name] ?? '', 'base64');
  if (key.length !== 32) throw new Error(`${name} must be 32 bytes in base64: ${name}=$(openssl rand -base64 32)`);
  return key;
}

/** For workers, clients, and the command line: `imds-rollout status --data-converter ./build/encryption/codec.js`. */
export const dataConverter: DataConverter = {
  payloadCodecs: [encryptionCodec({ current: '2026-11', byId: { '2026-11': keyFromEnvironment('ROLLOUT_KEY') } })],
};
