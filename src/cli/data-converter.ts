import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import { suggest } from '../rollout/problem.js';
import { CliError, reasonOf } from './errors.js';

/** What of the SDK's type works everywhere here. */
const FIELDS = ['payloadConverterPath', 'payloadCodecs', 'failureConverterPath'] as const;

/**
 * Loads what `--data-converter` names: a file, or a package that is installed in the working directory or beside this one,
 * which exports a `dataConverter`, or has it as its default export.
 *
 * @throws CliError `BadInput` where it doesn't load, or is no data converter
 * @example await loadDataConverter('./encryption.js') // { payloadCodecs: [codec] }
 */
export async function loadDataConverter(name: string | undefined): Promise<DataConverter | undefined> {
  if (name === undefined) return undefined;
  const module = await load(name);
  const exported =
    read(module, 'dataConverter') ?? read(read(module, 'default'), 'dataConverter') ?? read(module, 'default');
  if (!isRecord(exported)) {
    throw refuse(name, 'exports no dataConverter, neither by that name nor as its default');
  }
  check(name, exported);
  return exported;
}

/** What stands for a payload that can't be decoded: `undefined`. */
const NOTHING: Payload = { metadata: { encoding: Buffer.from('binary/null') } };

/** As a client decodes, but without an error for what it can't decode. For reading lists, never for what is acted on. */
export function leniently({ options }: Client, dataConverter: DataConverter = {}): DataConverter {
  const { payloadCodecs, payloadConverter } = options.loadedDataConverter;
  const decodeOne = async (payload: Payload): Promise<Payload> => {
    try {
      let decoded = [payload];
      for (const codec of payloadCodecs.toReversed()) decoded = await codec.decode(decoded);
      const [only = NOTHING] = decoded;
      payloadConverter.fromPayload(only);
      return only;
    } catch {
      return NOTHING;
    }
  };
  const codec: PayloadCodec = {
    encode: async (payloads) => payloads,
    decode: (payloads) => Promise.all(payloads.map(decodeOne)),
  };
  return { ...dataConverter, payloadCodecs: [codec] };
}

async function load(name: string): Promise<unknown> {
  const url = await locate(name);
  try {
    return await import(url);
  } catch (error) {
    const hint = /\.[cm]?ts"?$|Unknown file extension/.test(reasonOf(error)) ? ' Compile it to JavaScript first.' : '';
    throw new CliError('BadInput', `--data-converter ${name} can't be loaded: ${reasonOf(error)}.${hint}`, {
      cause: error,
    });
  }
}

/** A file before a package, as a path may be given without ./ before it. */
async function locate(name: string): Promise<string> {
  const path = resolve(name);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return pathToFileURL(path).href;
  if (/^\.{0,2}[/\\]/.test(name)) {
    throw new CliError(
      'BadInput',
      `--data-converter ${name}: there is no such file. Give the path of a JavaScript file, or the name of a package.`,
    );
  }
  try {
    return pathToFileURL(createRequire(resolve('here.js')).resolve(name)).href;
  } catch {
    // What is for import alone is found only from here.
    return name;
  }
}

function check(name: string, exported: Record<string, unknown>): asserts exported is DataConverter & typeof exported {
  const unknown = Object.keys(exported).filter((key) => !FIELDS.some((field) => field === key));
  const [first] = unknown;
  if (first === 'externalStorage') {
    throw refuse(name, "has externalStorage, of which a rollback can't read histories; leave that out");
  }
  if (first !== undefined) {
    const near = suggest(first, FIELDS);
    const hint = near === undefined ? '.' : `, did you mean ${near}?`;
    throw refuse(name, `has ${first}, which is unknown${hint} Known are ${FIELDS.join(', ')}`);
  }
  const { payloadCodecs = [] } = exported;
  if (!Array.isArray(payloadCodecs) || !payloadCodecs.every(isCodec)) {
    throw refuse(name, 'has payloadCodecs that are no list of objects with encode and decode');
  }
  for (const field of ['payloadConverterPath', 'failureConverterPath']) {
    const path = exported[field];
    if (path === undefined || (typeof path === 'string' && isAbsolute(path))) continue;
    throw refuse(name, `has a ${field} that is no absolute path: make it one with require.resolve or fileURLToPath`);
  }
  if (Object.keys(exported).length === 0) throw refuse(name, `has none of ${FIELDS.join(', ')}`);
}

function refuse(name: string, what: string): CliError {
  return new CliError(
    'BadInput',
    `--data-converter ${name} ${what}. It must export what the Temporal SDK calls a DataConverter, such as { payloadCodecs: [codec] }.`,
  );
}

function isCodec(value: unknown): boolean {
  return isRecord(value) && typeof value.encode === 'function' && typeof value.decode === 'function';
}

function read(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
