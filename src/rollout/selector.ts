import { matchesGlob } from './glob.js';
import type { FleetInstance } from './instance.js';

/**
 * Chooses instances. `names`: any of the globs. `tags`: all of the keys, each with a glob or any of a list of globs.
 * Both: both. A selector without either matches everything.
 */
export interface Selector {
  readonly names?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

type Selectable = Pick<FleetInstance, 'name' | 'tags'>;

/** @example matchesSelector({ tags: { env: ['prod', 'stage-*'] } }, { name: 'web-1', tags: { env: 'prod' } }) // true */
export function matchesSelector(selector: Selector, instance: Selectable): boolean {
  const { names, tags = {} } = selector;
  if (names !== undefined && !names.some((glob) => matchesGlob(glob, instance.name))) return false;
  return Object.entries(tags).every(([key, wanted]) => {
    const value = Object.hasOwn(instance.tags, key) ? instance.tags[key] : undefined;
    return value !== undefined && [wanted].flat().some((glob) => matchesGlob(glob, value));
  });
}

/** Which part of a scope a rollout is about: `include` (omitted: everything) without `exclude`. */
export interface Selection {
  readonly include?: Selector | undefined;
  readonly exclude?: Selector | undefined;
}

export function isSelected(selection: Selection, instance: Selectable): boolean {
  if (selection.include !== undefined && !matchesSelector(selection.include, instance)) return false;
  return selection.exclude === undefined || !matchesSelector(selection.exclude, instance);
}

/** Stands for a selector as a whole, each word of which may match something. */
const WHOLE = '';

/**
 * The names and tag values of a selector that match none of these instances, and the selector as a whole where it does: most
 * likely they are misspelt.
 *
 * @example idleParts({ names: ['web-*', 'legcy-7'] }, fleet) // ['legcy-7']
 */
export function idleParts(selector: Selector, fleet: readonly Selectable[]): string[] {
  const { names = [], tags = {} } = selector;
  const parts = [
    ...names.map((name) => ({ label: name, part: { names: [name] } })),
    ...Object.entries(tags).flatMap(([key, wanted]) =>
      [wanted].flat().map((value) => ({ label: `tag ${key}: ${value}`, part: { tags: { [key]: value } } })),
    ),
    { label: WHOLE, part: selector },
  ];
  return parts.flatMap(({ label, part }) => (fleet.some((one) => matchesSelector(part, one)) ? [] : [label]));
}

/** What is idle in every part of a fleet. @param lists - {@link idleParts} of each; without one nothing is known */
export function idleInAll(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = lists;
  return first.filter((label) => others.every((list) => list.includes(label)));
}

/** So many words of one selector are named. */
const NAMED_PARTS = 20;

/** @example describeIdle('exceptions[0]', ['legcy-7']) // ['exceptions[0] (legcy-7) matches no instance.'] */
export function describeIdle(place: string, idle: readonly string[]): string[] {
  if (idle.length === 0) return [];
  const parts = idle.filter((label) => label !== WHOLE);
  const more = parts.length > NAMED_PARTS ? ` and ${parts.length - NAMED_PARTS} more` : '';
  const which = parts.length === 0 ? '' : ` (${parts.slice(0, NAMED_PARTS).join(', ')}${more})`;
  return [`${place}${which} matches no instance.`];
}
