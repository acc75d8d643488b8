import { z } from 'zod';
import type { RolloutBounds } from '../../rollout/bounds.js';
import type { UseReading } from '../../rollout/evidence.js';
import type { FleetInstance } from '../../rollout/instance.js';
import { optionFields } from '../../rollout/option-fields.js';
import type { Plan } from '../../rollout/plan.js';
import { planRollout } from '../../rollout/planner.js';
import { accountOfCaller, describeUnused, type Unused, whyUnused } from '../../rollout/reach.js';
import { idleInAll } from '../../rollout/selector.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import { DISCOVER, READ_EVIDENCE } from '../names.js';
import { instancesOf } from '../packed.js';
import type { ActivityRecord } from './activities.js';
import type { ReportScope, ReportUse } from './report.js';

const placeSchema = z.object({ account: z.string().exactOptional(), region: z.string() });
const instanceSchema = z.object({
  arn: z.string(),
  name: z.string(),
  account: z.string(),
  region: z.string(),
  blueprint: z.string().exactOptional(),
  state: z.string(),
  tags: z.record(z.string(), z.string()),
  options: z.object(optionFields).exactOptional(),
  optionsState: z.enum(['pending', 'applied']).exactOptional(),
  impaired: z.string().exactOptional(),
  outOfScope: z.string().exactOptional(),
});
const discoveredSchema = z.object({
  instances: instancesOf(instanceSchema),
  idleExclude: z.array(z.string()).exactOptional(),
  nextPageToken: z.string().exactOptional(),
  caller: z.string().exactOptional(),
});
const evidenceInputSchema = placeSchema.extend({ names: z.array(z.string()) });
const readingsSchema = z.array(
  z
    .union([
      z.object({
        calls: z.number(),
        lastUsed: z.string().exactOptional(),
        hours: z.number(),
        expected: z.number(),
      }),
      z.object({ unknown: z.string() }),
    ])
    .nullable(),
);

/** What a run has found of the fleet, at one time. */
export interface FleetFacts {
  readonly instances: ReadonlyMap<string, FleetInstance>;
  readonly scopes: readonly Omit<ReportScope, 'planned'>[];
  readonly unused: readonly Unused[];
  /** The words of `targets.exclude` that match no instance anywhere. */
  readonly idleExclude: readonly string[];
  /** Every place was read to its end, or can be passed over. */
  readonly isWhole: boolean;
}

interface ScopeDraft {
  readonly place: z.output<typeof placeSchema>;
  account: string | null;
  state: ReportScope['state'];
  why: string | null;
  caller: string | null;
  readonly arns: Set<string>;
}

/** @param activities - the discoveries that belong together, in the order in which they were scheduled */
export function readFleet(activities: readonly ActivityRecord[]): FleetFacts {
  const instances = new Map<string, FleetInstance>();
  const scopes = new Map<string, ScopeDraft>();
  const idle: (readonly string[])[] = [];
  for (const { type, input, end } of activities) {
    const place = placeSchema.safeParse(input).data;
    if (type !== DISCOVER || place === undefined) continue;
    const key = `${place.account ?? ''}/${place.region}`;
    const scope: ScopeDraft = scopes.get(key) ?? {
      place,
      account: place.account ?? null,
      state: 'not finished',
      why: null,
      caller: null,
      arns: new Set(),
    };
    scopes.set(key, scope);
    const found = discoveredSchema.safeParse(end?.result).data;
    if (found !== undefined) {
      idle.push(found.idleExclude ?? []);
      scope.state = found.nextPageToken === undefined ? 'scanned' : 'not finished';
      scope.caller = found.caller ?? scope.caller;
      for (const instance of found.instances) {
        // One that stands in the listing of its own place is taken from there.
        if (instance.outOfScope === undefined || !instances.has(instance.arn)) instances.set(instance.arn, instance);
        scope.arns.add(instance.arn);
        if (instance.outOfScope === undefined) scope.account ??= instance.account;
      }
    } else if (end?.failure !== undefined) {
      const why = whyUnused(end.failure.type);
      scope.state = why === undefined ? 'failed' : 'passed over';
      scope.why = why ?? end.failure.message;
    }
  }
  const all = [...scopes.values()];
  return {
    instances,
    scopes: all.map(({ place: { region }, account, state, why, caller, arns }) => ({
      // Where nothing was found, the caller's ARN still says whose account it is.
      account: account ?? accountOfCaller(caller) ?? null,
      region,
      state,
      why,
      found: arns.size,
      caller,
    })),
    unused: all.flatMap(({ place, state, why }) => (state === 'passed over' ? [{ ...place, why: why ?? '' }] : [])),
    idleExclude: idleInAll(idle),
    isWhole: all.length > 0 && all.every(({ state }) => state === 'scanned' || state === 'passed over'),
  };
}

/** The newest readings of evidence, by ARN. */
export function readUses(
  activities: readonly ActivityRecord[],
  { instances }: Pick<FleetFacts, 'instances'>,
): ReadonlyMap<string, { readonly reading: UseReading; readonly use: ReportUse }> {
  const arns = new Map<string, string>();
  for (const { arn, account, region, name } of instances.values()) {
    arns.set(`${account}/${region}/${name}`, arn);
    // Asked for without an account, it is the worker's own, and then all of them are.
    arns.set(`/${region}/${name}`, arn);
  }
  const uses = new Map<string, { reading: UseReading; use: ReportUse }>();
  for (const { type, input, end } of activities) {
    const asked = evidenceInputSchema.safeParse(input).data;
    const readings = readingsSchema.safeParse(end?.result).data;
    if (type !== READ_EVIDENCE || asked === undefined || readings === undefined || end === undefined) continue;
    const readAt = new Date(end.at).toISOString();
    asked.names.forEach((name, index) => {
      const arn = arns.get(`${asked.account ?? ''}/${asked.region}/${name}`);
      const reading = readings[index];
      if (arn === undefined || reading === undefined || reading === null) return;
      const use =
        'calls' in reading ? { ...reading, lastUsed: reading.lastUsed ?? null, readAt } : { ...reading, readAt };
      uses.set(arn, { reading, use });
    });
  }
  return uses;
}

/** The plan as the run has made it, made again from what it had read; undefined where it made none of it. */
export function rebuildPlan(
  spec: RolloutSpec,
  { instances, unused, idleExclude }: FleetFacts,
  bounds: RolloutBounds,
  uses: ReturnType<typeof readUses>,
): Plan | undefined {
  const readings = new Map([...uses].map(([arn, { reading }]) => [arn, reading]));
  const { planHash: _, ...wanted } = bounds;
  const planning = planRollout(spec, [...instances.values()], wanted, readings, idleExclude);
  if (!planning.ok) return undefined;
  return { ...planning.plan, warnings: [...describeUnused(unused), ...planning.plan.warnings] };
}
