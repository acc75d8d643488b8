import { ApplicationFailure, CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { KeysRefused } from '../rollout/account-keys.js';
import { chunk } from '../rollout/batch.js';
import type { RolloutBounds } from '../rollout/bounds.js';
import { isOld, type UseReading } from '../rollout/evidence.js';
import type { FleetInstance } from '../rollout/instance.js';
import { instancesToWeigh } from '../rollout/planner.js';
import { describePlace, type Place } from '../rollout/reach.js';
import { type Scope, scopeKey, scopeOf, scopesOf } from '../rollout/scope.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import type { Target } from '../rollout/target.js';
import { causeOf, discoveryActivities } from './activity-options.js';
import { now } from './clock.js';
import type { Fleet } from './discover.js';
import { type KeysGate, refusalIn } from './key-watch.js';
import type { RunState } from './run-state.js';

/** Instances in one call: what a reading that is cut off has to read again, at a few a second. */
const MAX_READINGS = 200;

type Named = Pick<Target, 'arn' | 'name'>;

/** Part of an account and region whose metrics can't be read. */
export interface Unreadable {
  readonly place: Place;
  readonly arns: readonly string[];
  readonly why: string;
}

/** What one run has read of its instances' use of the metadata service, each with its age. */
export class EvidenceBook {
  readonly readings = new Map<string, UseReading>();
  /** By ARN, in milliseconds since the epoch. */
  readonly #readAt = new Map<string, number>();
  /** By ARN, where discovery says it. */
  readonly #created = new Map<string, string>();

  constructor(private readonly spec: RolloutSpec) {}

  /** The instances whose reading is missing, or older than an hour. */
  outdated<Item extends Named>(instances: readonly Item[]): Item[] {
    return instances.filter(({ arn }) => isOld(this.readAt(arn), now()));
  }

  /** Milliseconds since the epoch; before all times where it wasn't read. */
  readAt(arn: string): number {
    return this.#readAt.get(arn) ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Reads what is outdated, one call of the API for each instance.
   *
   * @param gate - waits where the caller's keys are refused
   * @param onUnreadable - told of what can't be read; where it throws, that ends the reading
   */
  async read(
    instances: readonly (Named & Pick<FleetInstance, 'createdAt'>)[],
    gate: KeysGate,
    onUnreadable: (part: Unreadable) => void,
  ): Promise<void> {
    for (const { arn, createdAt } of instances) if (createdAt !== undefined) this.#created.set(arn, createdAt);
    const outdated = this.outdated(instances);
    await Promise.all(
      scopesOf(outdated.map(({ arn }) => arn)).map(async (scope) => {
        const own = outdated.filter(({ arn }) => scopeKey(scopeOf(arn)) === scopeKey(scope));
        const wait = (refused: KeysRefused) => gate.wait(this.#placed(refused, scope));
        for (const part of chunk(own, MAX_READINGS)) {
          await this.#readPart(this.#placeOf(scope), part, { wait, onUnreadable });
        }
      }),
    );
  }

  /** From now on it is unknown how these are used. */
  forget({ arns, why }: Unreadable): void {
    for (const arn of arns) this.#keep(arn, { unknown: why }, now());
  }

  async #readPart(
    place: Place,
    part: readonly Named[],
    { wait, onUnreadable }: Pick<KeysGate, 'wait'> & { readonly onUnreadable: (part: Unreadable) => void },
  ): Promise<void> {
    let missing = part;
    while (missing.length > 0) {
      const since = now();
      const asked = missing;
      try {
        const read = await this.#ask(place, asked);
        asked.forEach(({ arn }, index) => {
          const reading = read[index] ?? null;
          if (reading !== null) this.#keep(arn, reading, since);
        });
        missing = asked.filter((_, index) => (read[index] ?? null) === null);
      } catch (error) {
        if (isCancellation(error)) throw error;
        const refused = refusalIn(error);
        if (refused !== undefined && (await wait(refused))) continue;
        onUnreadable({ place, arns: asked.map(({ arn }) => arn), why: causeOf(error) });
        return;
      }
    }
  }

  #ask(place: Place, asked: readonly Named[]) {
    const { evidence } = this.spec;
    const lookback = evidence === 'off' ? 0 : evidence.lookback;
    const summary = `read the evidence of ${countOf(asked.length, 'instance')} in ${describePlace(place)}`;
    const created = asked.flatMap(({ arn, name }) => {
      const createdAt = this.#created.get(arn);
      return createdAt === undefined ? [] : [[name, createdAt] as const];
    });
    return discoveryActivities().lightsailImdsReadEvidence.executeWithOptions({ summary }, [
      {
        ...place,
        names: asked.map(({ name }) => name),
        lookback,
        ...(created.length > 0 && { created: Object.fromEntries(created) }),
      },
    ]);
  }

  #keep(arn: string, reading: UseReading, at: number): void {
    this.readings.set(arn, reading);
    this.#readAt.set(arn, at);
  }

  /** Targets are changed and read by their own account's name, so that one wait is for all of its calls. */
  #placed(refused: KeysRefused, { account }: Scope): KeysRefused {
    return { ...refused, account };
  }

  /** The account is named where the spec names accounts: otherwise it is the worker's own. */
  #placeOf({ account, region }: Scope): Place {
    return this.spec.targets.accounts === undefined ? { region } : { account, region };
  }
}

/**
 * Reads the evidence that a plan over this fleet takes.
 *
 * @throws ApplicationFailure of type `PlanFailed`, naming the region: nobody knows which hosts would break
 */
export async function readForPlan(
  book: EvidenceBook,
  spec: RolloutSpec,
  { instances }: Fleet,
  bounds: RolloutBounds,
  gate: KeysGate,
): Promise<void> {
  await book.read(instancesToWeigh(spec, instances, bounds), gate, ({ place, why }) => {
    throw ApplicationFailure.nonRetryable(
      `The evidence of ${describePlace(place)} can't be read (${why}), so nobody knows which hosts would break, and nothing was changed. Allow lightsail:GetInstanceMetricData there and start again, or do without (evidence: off).`,
      'PlanFailed',
    );
  });
}

/**
 * Does something that may take long, and leaves it where it is in the way: calls that are throttled for hours must not
 * hold up an abort.
 *
 * @returns false where it was left
 */
export async function unless(isInTheWay: () => boolean, work: () => Promise<void>): Promise<boolean> {
  const scope = new CancellationScope();
  let isOver = false;
  let isLeft = false;
  condition(() => isOver || isInTheWay()).then(() => {
    if (isOver) return;
    isLeft = true;
    scope.cancel();
  });
  try {
    await scope.run(work);
    return true;
  } catch (error) {
    if (isLeft) return false;
    throw error;
  } finally {
    isOver = true;
  }
}

/** The same as {@link readForPlan} in a rollout. @returns false where the rollout was stopped meanwhile */
export function readUnlessStopped(state: RunState, ...plan: Parameters<typeof readForPlan>): Promise<boolean> {
  const [book, spec, { instances }, bounds] = plan;
  const count = book.outdated(instancesToWeigh(spec, instances, bounds)).length;
  if (count > 0) state.note(`reads the evidence of ${countOf(count, 'instance')}`);
  return unless(
    () => state.stop !== undefined,
    () => readForPlan(...plan),
  );
}
