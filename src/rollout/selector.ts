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
