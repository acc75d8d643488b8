import { type MetadataOptions, type OptionField, pickOptions } from '../../src/rollout/options.js';
import type { Call, InstanceView } from '../../src/simulator/index.js';
import { type Evidence, type ForeignChange, UPDATE } from '../evidence.js';

/** An Update as it arrived, with what was true of its instance at that moment. */
export interface Write {
  /** Its place among all calls. */
  readonly position: number;
  readonly at: number;
  readonly region: string;
  readonly name: string;
  /** Of whatever had the name when it arrived; missing where nothing had. */
  readonly arn: string | undefined;
  readonly sent: MetadataOptions;
  /** The options right before it; undefined where they can't be known. */
  readonly found: MetadataOptions | undefined;
  /** Whether it has changed the options; an Update that was answered unclearly may have. */
  readonly tookEffect: 'yes' | 'no' | 'maybe';
  /** A fault takes it back after a while, when it may have been read back long ago. */
  readonly revertsItself: boolean;
}

/** What an instance is, by the log of all that was done to it. */
interface Known {
  arn: string;
  options: MetadataOptions | undefined;
}

/**
 * All Updates in the order of arrival. What was true at each of them is worked out from the log alone: the instances as
 * they were, the calls that took effect, and the changes made behind the rollout's back.
 */
export function writesOf({ before, calls, foreign }: Evidence): Write[] {
  const known = new Map(
    before.map((instance) => [keyOf(instance), { arn: instance.arn, options: optionsOf(instance) }]),
  );
  const pending = [...foreign];
  const writes: Write[] = [];
  calls.forEach((call, position) => {
    while (pending[0] !== undefined && pending[0].calls <= position) applyForeign(known, pending.shift());
    if (call.operation !== UPDATE) return;
    const key = `${call.region}/${call.instanceName}`;
    const instance = known.get(key);
    const sent = sentIn(call);
    const effect = instance === undefined ? 'no' : tookEffect(call);
    writes.push({
      position,
      at: call.at,
      region: call.region ?? '',
      name: call.instanceName ?? '',
      arn: instance?.arn,
      sent,
      found: instance?.options,
      tookEffect: effect,
      revertsItself: call.effect === 'revertAfterMs',
    });
    if (instance === undefined || effect === 'no') return;
    // One that goes back by itself does so at a time that no call tells.
    if (effect === 'maybe' || call.effect === 'revertAfterMs') instance.options = undefined;
    else if (instance.options !== undefined) instance.options = { ...instance.options, ...sent };
  });
  return writes;
}

function applyForeign(known: Map<string, Known>, change: ForeignChange | undefined): void {
  if (change === undefined) return;
  const key = keyOf(change);
  if (change.now === undefined) known.delete(key);
  else known.set(key, { arn: change.now.arn, options: optionsOf(change.now) });
}

/** The log doesn't say of a spoilt answer whether the Update behind it was carried out. */
function tookEffect({ effect, error, status }: Call): Write['tookEffect'] {
  if (error !== null) return 'no';
  switch (effect) {
    case 'drop':
    case 'error':
    case 'operationFailed':
      return 'no';
    case 'html502':
    case 'emptyBody':
    case 'truncatedBody':
      return 'maybe';
    case 'applyThenDrop':
      return 'yes';
    default:
      return status === 200 ? 'yes' : 'no';
  }
}

function sentIn({ input }: Call): MetadataOptions {
  if (typeof input !== 'object' || input === null) return {};
  const { instanceName: _, ...sent } = input as { readonly instanceName?: unknown } & MetadataOptions;
  return sent;
}

export function optionsOf({ metadataOptions }: Pick<InstanceView, 'metadataOptions'>): MetadataOptions | undefined {
  if (metadataOptions === null) return undefined;
  const { state: _, ...options } = metadataOptions;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
}

export function keyOf({ region, name }: { readonly region: string; readonly name: string }): string {
  return `${region}/${name}`;
}

/** Whether the given fields are the same in both. */
export function isSame(
  a: MetadataOptions | undefined,
  b: MetadataOptions | undefined,
  fields: readonly OptionField[],
): boolean {
  const [left, right] = [pickOptions(a ?? {}, fields), pickOptions(b ?? {}, fields)];
  return fields.every((field) => left[field] === right[field]);
}
