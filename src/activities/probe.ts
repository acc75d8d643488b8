import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { HealthReading } from '../rollout/health.js';
import { canonicalHost, hostOf } from './probe-hosts.js';
import { isRefusedAddress, RefusedAddressError, type Resolve, screenedLookup } from './screened-lookup.js';
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
  /** `same`, where no code is known: any answer passes. */
  readonly expect: number | 'same';
}

export interface ProbeReading extends HealthReading {
  /** The status code of the last answer. */
  readonly code?: number;
}

export interface ProbeOptions {
  /** Ends the probe; what it then says means nothing. */
  readonly signal?: AbortSignal;
  /** Milliseconds; default 10 s. */
  readonly timeout?: number;
  /** How names are looked up. Default: as the system does. */
  readonly resolve?: Resolve;
}

type ProbeRules = WorkerSettings['probes'];

/**
 * Sends one GET to an instance, and follows redirects as far as they are allowed too; but for one that is itself the
 * code that is expected.
 *
 * Only an answer, or a connection that was refused or broke off, says something of the instance; all else may be the
 * fault of whoever looks, and is inconclusive. Reasons name hosts and codes, never a path or a query.
 *
 * @example await probe({ url: 'http://{publicIpAddress}/health', expect: 200 }, target, {}, { signal })
 */
export async function probe(
  { url, expect }: Probe,
  target: ProbeTarget,
  rules: ProbeRules = {},
  { signal, timeout = PROBE_TIMEOUT, resolve }: ProbeOptions = {},
): Promise<ProbeReading> {
  if (url.includes('{publicIpAddress}') && target.addresses.length === 0) return unclear('it has no public address');
  const timer = AbortSignal.timeout(timeout);
  const bounds = { signal: signal === undefined ? timer : AbortSignal.any([signal, timer]), timer, timeout };
  const lookup = screenedLookup(rules.allowPrivate ?? false, resolve);
  let next = fill(url, target);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const parsed = parse(next);
    if (parsed === undefined) return unclear('it was led to an address that is none');
    const refusal = refuseHost(parsed, target, rules);
    if (refusal !== undefined) return unclear(`refused: ${refusal}`);
    const answer = await get(parsed, lookup, bounds);
    if ('verdict' in answer) return answer;
    if (answer.location === undefined || answer.code === expect) return judge(answer.code, expect);
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
    name: encodeURIComponent(name),
    publicIpAddress: isIP(address) === 6 ? `[${address}]` : address,
  };
  return url.replaceAll(/\{(\w+)\}/g, (_, key: string) => (Object.hasOwn(values, key) ? values[key] : undefined) ?? '');
}

function parse(url: string, base?: URL): URL | undefined {
  if (!URL.canParse(url, base?.href)) return undefined;
  const parsed = new URL(url, base);
  // Node would send them as a password, and a redirect may name them.
  parsed.username = '';
  parsed.password = '';
  return /^https?:$/.test(parsed.protocol) ? parsed : undefined;
}

/** The host must be the instance itself, or one that the worker allows. Where it leads to is looked at on connecting. */
function refuseHost(
  url: URL,
  { addresses }: ProbeTarget,
  { allowHosts = [], allowPrivate = false }: NonNullable<ProbeRules>,
): string | undefined {
  const host = hostOf(url);
  if (![...addresses, ...allowHosts].some((allowed) => canonicalHost(allowed) === host)) {
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

interface Bounds {
  readonly signal: AbortSignal;
  /** Its part that is a clock; kept here, since Node 20 forgets one that only a combined signal knows of. */
  readonly timer: AbortSignal;
  /** Milliseconds, for a person. */
  readonly timeout: number;
}

function get(url: URL, lookup: LookupFunction, bounds: Bounds): Promise<Answer | ProbeReading> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    let isConnected = false;
    const headers = { 'user-agent': 'lightsail-imds-rollout', accept: '*/*' };
    const options = { agent: false, lookup, headers, signal: bounds.signal };
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
    request.on('error', (error) => resolve(readError(error, isConnected, bounds)));
    request.end();
  });
}

/** Whether a certificate is trusted depends on who looks, and on the clock (codes of OpenSSL and Node). */
const UNTRUSTED = /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_|UNABLE_TO_)/;

/** What kept an answer away, by Node's code alone: messages hold addresses with their query. */
function readError(error: Error, isConnected: boolean, { timer, timeout }: Bounds): ProbeReading {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (error instanceof RefusedAddressError) return unclear(`refused: ${error.message}`);
  if (code === 'ECONNREFUSED') return { verdict: 'fail', reason: 'it refuses connections' };
  if (UNTRUSTED.test(code)) return unclear(`its certificate is not trusted here (${code})`);
  // A reset may come before Node has told of the connection.
  if (code === 'ECONNRESET') return { verdict: 'fail', reason: `the connection broke off (${code})` };
  if (!isConnected)
    return unclear(timer.aborted ? `no connection within ${timeout / 1_000} s` : `no connection (${code})`);
  if (timer.aborted) return { verdict: 'fail', reason: `no answer within ${timeout / 1_000} s` };
  return { verdict: 'fail', reason: `the connection broke off (${code})` };
}

function unclear(reason: string): ProbeReading {
  return { verdict: 'inconclusive', reason };
}
