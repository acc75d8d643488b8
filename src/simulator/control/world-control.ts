import type { z } from 'zod';
import { faultSchema } from '../scenario/fault-schema.js';
import { instancePatchSchema, newInstanceSchema } from '../scenario/instance-schema.js';
import { checkInput } from '../scenario/problems.js';
import type { Call } from '../world/calls.js';
import { failingSince, healthSet } from '../world/health.js';
import { recordHistory } from '../world/history.js';
import type { InstanceRef, SimulatedInstance } from '../world/instance.js';
import { optionsInForce, settledAt, trueOptions } from '../world/option-change.js';
import { defaultOptions, patchOptions, startingOptions } from '../world/options.js';
import { putChange } from '../world/put-change.js';
import type { World } from '../world/world.js';
import { InvalidControlInputError, UnknownInstanceError } from './control-errors.js';
import type { InstanceView, SimulatorState } from './simulator-state.js';

/** The one way to look at a world and to change it, in the process and over HTTP alike; it checks what it is given. */
export class WorldControl implements SimulatorState {
  private readonly accounts: readonly string[];

  constructor(private readonly world: World) {
    this.accounts = world.accounts.list.map(({ id }) => id);
  }

  instances(): InstanceView[] {
    return [...this.world.fleet.all()].map((instance) => this.view(instance));
  }

  instance(ref: InstanceRef): InstanceView | undefined {
    const found = this.world.fleet.find(ref);
    return found && this.view(found);
  }

  /** @throws {UnknownInstanceError} When there is none of that name. */
  requireInstance(ref: InstanceRef): InstanceView {
    return this.view(this.require(ref));
  }

  createInstance(input: unknown): InstanceView {
    const { metadataOptions, ...instance } = this.check(newInstanceSchema(this.accounts), input);
    if (this.world.fleet.find(instance)) {
      const problem = `${JSON.stringify(instance.name)} is taken`;
      const remedy = 'Delete that instance first';
      throw new InvalidControlInputError([{ path: 'name', problem, allowed: 'a free name', remedy }]);
    }
    const options = startingOptions(instance.blueprint, instance.region, metadataOptions);
    return this.view(this.world.fleet.create({ ...instance, options, createdAt: this.world.now() }));
  }

  patchInstance(ref: InstanceRef, patch: unknown): InstanceView {
    const instance = this.require(ref);
    const now = this.world.now();
    const { metadataOptions, tags, state, healthy, tokenless } = this.check(
      instancePatchSchema(instance.region),
      patch,
    );
    if (tags) instance.tags = tags;
    if (state) instance.state = state;
    if (metadataOptions === null) putChange(instance, settledAt(undefined), now);
    if (metadataOptions) {
      const inForce = optionsInForce(instance.change, now);
      const settled = settledAt(
        patchOptions(inForce ?? defaultOptions(instance.blueprint, instance.region), metadataOptions),
      );
      const isHeld = metadataOptions.state === 'pending';
      putChange(instance, isHeld ? { ...settled, appliedAt: Infinity } : settled, now);
    }
    if (healthy !== undefined) instance.health = healthSet(instance.health, healthy, now);
    if (tokenless !== undefined) instance.tokenless = tokenless;
    recordHistory(instance, now);
    return this.view(instance);
  }

  deleteInstance(ref: InstanceRef): InstanceView {
    const instance = this.require(ref);
    this.world.fleet.delete(instance);
    return this.view(instance);
  }

  calls(filter: { readonly operation?: string | undefined } = {}): Call[] {
    return this.world.calls.list(filter.operation);
  }

  clearCalls(): void {
    this.world.calls.clear();
  }

  addFault(fault: unknown): void {
    this.world.faults.add(this.check(faultSchema(this.accounts), fault));
  }

  clearFaults(): void {
    this.world.faults.clear();
  }

  private check<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
    const checked = checkInput(schema, input);
    if (!checked.ok) throw new InvalidControlInputError(checked.problems);
    return checked.value;
  }

  private require(ref: InstanceRef): SimulatedInstance {
    const instance = this.world.fleet.find(ref);
    if (!instance) throw new UnknownInstanceError(ref);
    return instance;
  }

  private view(instance: SimulatedInstance): InstanceView {
    const { account, region, name, arn, createdAt, blueprint, tags, state, change, health, tokenless } = instance;
    const now = this.world.now();
    const metadataOptions = trueOptions(change, now) ?? null;
    return {
      account,
      region,
      name,
      arn,
      createdAt: new Date(createdAt).toISOString(),
      blueprint,
      tags: { ...tags },
      state,
      metadataOptions,
      healthy: failingSince(health, now) === undefined,
      tokenless,
    };
  }
}
