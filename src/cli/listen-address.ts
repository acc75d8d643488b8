import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CliError } from './errors.js';

/** Something that this process serves, by the flag that asks for it. */
export interface Served {
  /** Such as `--metrics`. */
  readonly flag: string;
  /** Shown as an example of an address. */
  readonly port: number;
  /** Port 0 is any free one, and is told; the exporter of metrics can't tell its own. */
  readonly anyPort: boolean;
}

export const METRICS: Served = { flag: '--metrics', port: 9464, anyPort: false };
export const HEALTH: Served = { flag: '--health', port: 8086, anyPort: true };

/** Where to listen: a port alone is one of loopback. Both flags together are refused by commander. */
export async function chooseAddress(
  served: Served,
  text: string | undefined,
  port: number | undefined,
): Promise<string | undefined> {
  if (text !== undefined) return resolveAddress(served, text);
  if (port === undefined) return undefined;
  if (port > 0 || served.anyPort) return `127.0.0.1:${port}`;
  throw new CliError('BadInput', `${served.flag}-port must be a port that others can know, such as ${served.port}.`);
}

/**
 * Reads `host:port`. A name becomes its first address, since the exporter of metrics knows no names.
 *
 * @throws CliError `BadInput`
 * @example await resolveAddress(METRICS, 'localhost:9464') // '127.0.0.1:9464'
 */
export async function resolveAddress({ flag, port: usual, anyPort }: Served, text: string): Promise<string> {
  const example = `127.0.0.1:${usual}`;
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < (anyPort ? 0 : 1) || port > 65_535) {
    throw new CliError('BadInput', `${flag} must be host:port, such as ${example}, and not "${text}".`);
  }
  const address = isIP(host) === 0 ? await addressOf(flag, host, example) : host;
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

async function addressOf(flag: string, host: string, example: string): Promise<string> {
  try {
    return (await lookup(host, { order: 'ipv4first' })).address;
  } catch (error) {
    const message = `${flag}: there is no host "${host}". Name an address of this machine, such as ${example}.`;
    throw new CliError('BadInput', message, { cause: error });
  }
}

/** Why nothing can be served there. */
export function cantServe(flag: string, address: string, why: string, cause: unknown): CliError {
  const message = `${flag}: nothing can be served on ${address} (${why}). Name an address of this machine and a free port.`;
  return new CliError('BadInput', message, { cause });
}
