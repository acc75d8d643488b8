import { createWriteStream } from 'node:fs';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SearchBounds } from './bounds.js';
import { runCommand } from './command.js';
import { reasonOf } from './errors.js';
import { TEMPORAL_CLI } from './pinned-executable.js';

export const OFFICIAL_DOWNLOAD_URL = 'https://temporal.download';

interface DownloadInfo {
  readonly archiveUrl: string;
  readonly fileToExtract: string;
}

/**
 * Fetches the CLI from the service that the SDK's ephemeral server uses, and unpacks it with the system's `tar`.
 * What it is, `installIntoCache` checks: a mirror, or whoever stands in between, may send anything.
 * Source of the protocol: sdk-core, `ephemeral_server/mod.rs` (`EphemeralExe::get_or_download`, a fixed version).
 *
 * @param staging an empty folder; the executable's path in it is returned.
 * @throws Error with a one-line reason.
 */
export async function fetchOfficialCli(baseUrl: string, staging: string, bounds: SearchBounds): Promise<string> {
  const { archiveUrl, fileToExtract } = await fetchDownloadInfo(baseUrl, bounds);
  const member = safeMember(fileToExtract);
  const archive = join(staging, 'archive.tar.gz');
  await downloadFile(archiveUrl, archive, bounds);
  const unpacked = await runCommand(['tar', '-xzf', 'archive.tar.gz', member], {
    timeoutMs: bounds.unpackMs,
    cwd: staging,
  });
  if (unpacked.kind === 'failed') throw new Error(`${archiveUrl} cannot be unpacked by tar (${unpacked.reason})`);
  return join(staging, member);
}

async function fetchDownloadInfo(baseUrl: string, bounds: SearchBounds): Promise<DownloadInfo> {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/cli/v${TEMPORAL_CLI.version}`);
  url.searchParams.set('arch', goArchitecture());
  url.searchParams.set('platform', process.platform === 'win32' ? 'windows' : process.platform);
  url.searchParams.set('format', 'tar.gz');
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(bounds.connectMs) });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return parseDownloadInfo(await response.json());
  } catch (error) {
    throw new Error(`${url.origin} gave no download address (${describe(error, bounds.connectMs)})`);
  }
}

function parseDownloadInfo(body: unknown): DownloadInfo {
  if (typeof body === 'object' && body !== null && 'archiveUrl' in body && 'fileToExtract' in body) {
    const { archiveUrl, fileToExtract } = body;
    if (typeof archiveUrl === 'string' && typeof fileToExtract === 'string') return { archiveUrl, fileToExtract };
  }
  throw new Error('its answer has no archiveUrl and fileToExtract');
}

/** The service names the member to unpack: never let it name a path outside of the staging folder. */
function safeMember(fileToExtract: string): string {
  const member = posix.normalize(fileToExtract);
  if (posix.isAbsolute(member) || member.startsWith('..') || member.startsWith('-')) {
    throw new Error(`the download service named an unsafe file, ${fileToExtract}`);
  }
  return member;
}

async function downloadFile(url: string, destination: string, bounds: SearchBounds): Promise<void> {
  const stalled = new AbortController();
  const started = Date.now();
  // One timer: first until the headers, then between any two chunks, and never past the whole bound.
  let timer = setTimeout(() => stalled.abort(), bounds.connectMs);
  const rearm = (): void => {
    clearTimeout(timer);
    const left = Math.max(0, bounds.downloadMs - (Date.now() - started));
    timer = setTimeout(() => stalled.abort(), Math.min(bounds.idleMs, left));
  };
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
    const body = Readable.fromWeb(response.body).on('data', rearm);
    await pipeline(body, createWriteStream(destination));
  } catch (error) {
    throw new Error(`${url} could not be downloaded (${describe(error, Date.now() - started)})`);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown, waitedMs: number): string {
  const stopped = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  return stopped ? `no answer; given up after ${(waitedMs / 1000).toFixed(1)} s` : reasonOf(error);
}

function goArchitecture(): string {
  switch (process.arch) {
    case 'x64':
      return 'amd64';
    case 'arm64':
      return 'arm64';
    default:
      throw new Error(`the Temporal CLI is not built for the architecture ${process.arch}`);
  }
}
