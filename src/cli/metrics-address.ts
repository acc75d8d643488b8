import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CliError } from './errors.js';

/**
 * Reads where metrics are to be had: `host:port`. A name becomes its first address, since the exporter knows no names.
 *
 * @throws CliError `BadInput`
 * @example await resolveMetricsAddress('localhost:9464') // '127.0.0.1:9464'
 */
export async function resolveMetricsAddress(text: string): Promise<string> {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new CliError('BadInput', `--metrics must be host:port, such as 127.0.0.1:9464, and not "${text}".`);
  }
  const address = isIP(host) === 0 ? await addressOf(host) : host;
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host, { order: 'ipv4first' })).address;
  } catch (error) {
    const message = `--metrics: there is no host "${host}". Name an address of this machine, such as 127.0.0.1:9464.`;
    throw new CliError('BadInput', message, { cause: error });
  }
}
