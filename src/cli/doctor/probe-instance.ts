import { setTimeout as delay } from 'node:timers/promises';
import {
  classifyError,
  httpStatusOf,
  type Lightsail,
  retryThrottledCalls,
  toFleetInstance,
} from '../../lightsail/index.js';
import { isCompliant, type MetadataOptions, mergeOptions } from '../../rollout/options.js';
import { CliError } from '../errors.js';

export type ProbedOptions = MetadataOptions;

/** Milliseconds. */
const POLL = 500;
const RETRY = 2_000;
const PATIENCE = 600_000;
const TWO_WEEKS = 14 * 86_400_000;

interface Written {
  readonly options: ProbedOptions;
  /** Milliseconds. */
  readonly appliedAfter: number;
  /** The first reading said applied, and showed the old values. */
  readonly wasStale: boolean;
}

/** One instance, written to and read from without the care that a rollout takes: to see what the service does. */
export class Probe {
  readonly #lightsail: Lightsail;

  constructor(
    lightsail: Lightsail,
    private readonly name: string,
    private readonly signal: AbortSignal,
  ) {
    this.#lightsail = retryThrottledCalls(lightsail);
  }

  async read() {
    const { instance } = await this.#lightsail.getInstance({ instanceName: this.name });
    const read = instance === undefined ? undefined : toFleetInstance(instance);
    if (read?.options === undefined) {
      throw new CliError('BadInput', 'The metadata options of that instance can not be read: choose another one.');
    }
    return { options: read.options, isApplied: read.optionsState === 'applied', state: read.state };
  }

  /** Sends exactly these fields, and waits until a change of them has been applied. */
  async write(fields: ProbedOptions): Promise<Written> {
    this.signal.throwIfAborted();
    const before = (await this.read()).options;
    const since = Date.now();
    await this.#lightsail.updateInstanceMetadataOptions({ instanceName: this.name, ...fields });
    const first = await this.read();
    const wasStale = first.isApplied && !isCompliant(first.options, fields) && isCompliant(first.options, before);
    const options = await this.#settle(fields, first);
    return { options, appliedAfter: Date.now() - since, wasStale };
  }

  /** The HTTP status with which these fields are refused; undefined where they are accepted. */
  async refusalOf(fields: ProbedOptions): Promise<number | undefined> {
    this.signal.throwIfAborted();
    try {
      await this.#lightsail.updateInstanceMetadataOptions({ instanceName: this.name, ...fields });
      return undefined;
    } catch (error) {
      if (classifyError(error).kind !== 'rejected') throw error;
      return httpStatusOf(error) ?? 0;
    }
  }

  /** How many data points MetadataNoToken has in the last two weeks. */
  async tokenlessPoints(): Promise<number> {
    const endTime = new Date();
    const { metricData = [] } = await this.#lightsail.getInstanceMetricData({
      instanceName: this.name,
      metricName: 'MetadataNoToken',
      period: 3_600,
      startTime: new Date(endTime.getTime() - TWO_WEEKS),
      endTime,
      unit: 'Count',
      statistics: ['Sum'],
    });
    return metricData.length;
  }

  /** Not to be interrupted, and tried for as long as what is in the way may pass. */
  async restore(before: ProbedOptions): Promise<void> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      try {
        return await this.#putBack(before, until);
      } catch (error) {
        if (classifyError(error).kind !== 'transient' || Date.now() > until) throw error;
        await delay(RETRY);
      }
    }
  }

  async #putBack(before: ProbedOptions, until: number): Promise<void> {
    let reading = await this.read();
    // The service may refuse an Update while another one is under way.
    while (!reading.isApplied && Date.now() < until) {
      await delay(POLL);
      reading = await this.read();
    }
    const wanted = mergeOptions(reading.options, before);
    await this.#lightsail.updateInstanceMetadataOptions({ instanceName: this.name, ...wanted });
    await this.#settle(before, await this.read(), new AbortController().signal);
  }

  async #settle(
    wanted: ProbedOptions,
    first: Awaited<ReturnType<Probe['read']>>,
    signal = this.signal,
  ): Promise<ProbedOptions> {
    const until = Date.now() + PATIENCE;
    for (let reading = first; ; reading = await this.read()) {
      if (reading.isApplied && isCompliant(reading.options, wanted)) return reading.options;
      if (Date.now() > until) {
        const message = `the change was not applied within ${PATIENCE / 60_000} minutes`;
        throw Object.assign(new Error(message), { name: 'TimeoutError' });
      }
      await delay(POLL, undefined, { signal });
    }
  }
}
