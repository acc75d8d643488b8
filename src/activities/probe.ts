import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { HealthReading } from '../rollout/health.js';
import { isRefusedAddress, RefusedAddressError, screenedLookup } from './screened-lookup.js';
import type { WorkerSettings } from './settings.js';

/** Milliseconds that a probe may take, redirects included. */
const PROBE_TIMEOUT = 10_000;

const MAX_REDIRECTS = 5;

/** What an address is made of. */
export interface ProbeTarget {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** The instance's own public addresses, IPv4 first. */
  readonly addresses: readonly string[];
}

export interface Probe {
  readonly url: string;
  /** `same`, or undefined where no code is known: any answer passes. */
  readonly expect: number | 'same';
}

export interface ProbeReading extends HealthReading {
  /** The status code of the last answer. */
  readonly code?: number;
}

type ProbeRules = WorkerSettings['probes'];

/**
 * Sends one GET to an instance, and follows redirects as far as they are allowed too.
 *
 * Only an answer, or a connection that was refused or broke off, says something of the instance; all else may be the
 * fault of whoever looks, and is inconclusive.
 *
 * @example await probe({ url: 'http://{publicIpAddress}/health', expect: 200 }, target, {}, signal)
 */
export async function probe(
  { url, expect }: Probe,
  target: ProbeTarget,
  rules: ProbeRules = {},
  signal?: AbortSignal,
): Promise<ProbeReading> {
  if (url.includes('{publicIpAddress}') && target.addresses.length === 0) return unclear('it has no public address');
  const timeout = AbortSignal.timeout(PROBE_TIMEOUT);
  const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let next = fill(url, target);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const parsed = parse(next);
    if (parsed === undefined) return unclear('it was led to an address that is none');
    const refusal = refuseHost(parsed, target, rules);
    if (refusal !== undefined) return unclear(`refused: ${refusal}`);
    const answer = await get(parsed, rules, stop);
    if ('verdict' in answer) return answer;
    if (answer.location === undefined) return judge(answer.code, expect);
    next = parse(answer.location, parsed)?.href ?? '';
  }
  return { verdict: 'fail', reason: `it redirects more than ${MAX_REDIRECTS} times` };
}

function judge(code: number, expect: Probe['expect']): ProbeReading {
  if (expect === 'same' || code === expect) return { verdict: 'pass', reason: '', code };
  return { verdict: 'fail', reason: `it answers ${code} instead of ${expect}`, code };
}

function fill(url: string, { account, region, name, addresses: [address = ''] }: ProbeTarget): string {
  const values: Readonly<Record<string, string>> = {
    account,
    region,
    name,
    publicIpAddress: isIP(address) === 6 ? `[${address}]` : address,
  };
  return url.replaceAll(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '');
}

function parse(url: string, base?: URL): URL | undefined {
  if (!URL.canParse(url, base?.href)) return undefined;
  const parsed = new URL(url, base);
  return /^https?:$/.test(parsed.protocol) ? parsed : undefined;
}

/** The host must be the instance itself, or one that the worker allows. Where it leads to is looked at on connecting. */
function refuseHost(
  { hostname }: URL,
  { addresses }: ProbeTarget,
  { allowHosts = [], allowPrivate = false }: NonNullable<ProbeRules>,
): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (![...addresses, ...allowHosts].some((allowed) => allowed.toLowerCase() === host)) {
    return `${host} is neither its own address nor among the worker's probes.allowHosts`;
  }
  // An address that is written out is looked up nowhere.
  return isIP(host) > 0 && isRefusedAddress(host, allowPrivate) ? new RefusedAddressError(host).message : undefined;
}

interface Answer {
  readonly code: number;
  /** Where it redirects to. */
  readonly location?: string;
}

function get(
  url: URL,
  { allowPrivate = false }: NonNullable<ProbeRules>,
  signal: AbortSignal,
): Promise<Answer | ProbeReading> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    let isConnected = false;
    const headers = { 'user-agent': 'lightsail-imds-rollout', accept: '*/*' };
    const options = { agent: false, lookup: screenedLookup(allowPrivate), headers, signal };
    const request = send(url, options, (response) => {
      const { statusCode: code = 0, headers: answered } = response;
      response.destroy();
      const location = code >= 300 && code < 400 ? answered.location : undefined;
      resolve({ code, ...(location !== undefined && { location }) });
    });
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        isConnected = true;
      });
    });
    request.on('error', (error) => resolve(readError(error, isConnected, signal)));
    request.end();
  });
}

/** What kept an answer away, by Node's code alone: messages hold addresses with their query. */
function readError(error: Error, isConnected: boolean, signal: AbortSignal): ProbeReading {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (error instanceof RefusedAddressError) return unclear(`refused: ${error.message}`);
  if (code === 'ECONNREFUSED') return { verdict: 'fail', reason: 'it refuses connections' };
  if (!isConnected)
    return unclear(signal.aborted ? `no connection within ${PROBE_TIMEOUT / 1_000} s` : `no connection (${code})`);
  if (signal.aborted) return { verdict: 'fail', reason: `no answer within ${PROBE_TIMEOUT / 1_000} s` };
  return { verdict: 'fail', reason: `the connection broke off (${code})` };
}

function unclear(reason: string): ProbeReading {
  return { verdict: 'inconclusive', reason };
}
