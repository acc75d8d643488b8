import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { patiently, waitUntil } from './patience.js';

export interface Version {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** The server hears of a version from its first poll, in milliseconds. */
const HEARS_WITHIN = 60_000;

const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

/**
 * Worker Versioning, as a deployment does it: a run stays with the version that it has begun on, and what is started
 * later goes to the newest one. So there are two versions of the workers at once.
 */
export class Versions {
  readonly #deploymentName = `chaos-${randomUUID()}`;
  readonly #builds: number[];
  #newest = 1;
  #current = 1;
  /** What the run that is played may have begun on: somebody has to serve it. */
  #needed = new Set<number>();

  constructor(
    private readonly client: Client,
    workers: number,
  ) {
    this.#builds = Array.from({ length: workers }, () => this.#newest);
  }

  /** Of a worker. */
  of(worker: number): Version {
    return this.#versionOf(this.#builds[worker] ?? this.#newest);
  }

  beginRun(): void {
    this.#needed = new Set([this.#current]);
  }

  /** Gives a worker that has ended a new version, unless nobody else serves what has begun on its own. */
  renew(worker: number): void {
    const own = this.#builds[worker];
    const isServed = this.#builds.some((build, other) => other !== worker && build === own);
    if (own === undefined || (this.#needed.has(own) && !isServed)) return;
    this.#newest += 1;
    this.#builds[worker] = this.#newest;
  }

  /** What is started from then on goes to the newest version. */
  async makeNewestCurrent(): Promise<void> {
    const build = this.#newest;
    const request = {
      namespace: 'default',
      identity: 'chaos',
      ...this.#versionOf(build),
      ignoreMissingTaskQueues: true,
    };
    await waitUntil(
      `the server hears of version ${build}`,
      () =>
        patiently(() => this.client.workflowService.setWorkerDeploymentCurrentVersion(request)).then(
          () => true,
          (error: unknown) => {
            if (isGrpcServiceError(error) && (error.code === NOT_FOUND || error.code === FAILED_PRECONDITION))
              return false;
            throw error;
          },
        ),
      Date.now() + HEARS_WITHIN,
    );
    this.#current = build;
    this.#needed.add(build);
  }

  #versionOf(build: number): Version {
    return { deploymentName: this.#deploymentName, buildId: `build-${build}` };
  }
}
