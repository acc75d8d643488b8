import type { FleetInstance } from '../../src/rollout/instance.js';
import { isCompliant, type MetadataOptions } from '../../src/rollout/options.js';

/** An Update that reached an instance, or was lost on its way. */
export interface Write {
  readonly arn: string;
  readonly by: 'apply' | 'restore';
  readonly batch: string;
}

/** A hop limit that no plan asks for, and no instance has from the start. */
export const FOREIGN_HOPS = 9;

/** The instances as they really are, whatever anybody believes of them. */
export class TinyFleet {
  readonly #instances: Map<string, FleetInstance>;
  readonly #origin: ReadonlyMap<string, FleetInstance>;
  readonly writes: Write[] = [];
  /** Updates that went over a value which only others had set. */
  readonly trampled: Write[] = [];
  /** Changed by others than the rollout, so that nobody can say how it has to stand. */
  readonly meddled = new Set<string>();

  constructor(instances: readonly FleetInstance[]) {
    this.#origin = new Map(instances.map((instance) => [instance.arn, instance]));
    this.#instances = new Map(this.#origin);
  }

  in(region: string): FleetInstance[] {
    return [...this.#instances.values()].filter((instance) => instance.region === region);
  }

  get(arn: string): FleetInstance | undefined {
    return this.#instances.get(arn);
  }

  /** @param isLost - it was sent, and nothing comes of it */
  write(write: Write, send: MetadataOptions, isLost = false): void {
    this.writes.push(write);
    if (this.get(write.arn)?.options?.httpPutResponseHopLimit === FOREIGN_HOPS) this.trampled.push(write);
    if (!isLost) this.#set(write.arn, send);
  }

  meddle(arn: string, options: MetadataOptions): void {
    this.meddled.add(arn);
    this.#set(arn, options);
  }

  /** What was deleted by others. */
  remove(arn: string): void {
    this.meddled.add(arn);
    this.#instances.delete(arn);
  }

  wasWritten(arn: string): boolean {
    return this.writes.some((write) => write.arn === arn && write.by === 'apply');
  }

  /** Stands as it did when all began. */
  isOriginal(arn: string): boolean {
    return isCompliant(this.get(arn)?.options ?? {}, this.#origin.get(arn)?.options ?? {});
  }

  #set(arn: string, options: MetadataOptions): void {
    const now = this.#instances.get(arn);
    if (now !== undefined) this.#instances.set(arn, { ...now, options: { ...now.options, ...options } });
  }
}
