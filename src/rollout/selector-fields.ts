import { z } from 'zod';
import { strict } from './spec-fields.js';

export const nameText = z.string().min(1).max(255);

/** Globs by the key of the tag that has to match one of them. */
export type TagGlobs = Record<string, string | string[]>;

const tagGlobs = z.preprocess(
  (tags: TagGlobs, context) => {
    // zod drops this key, and a selector that loses a condition selects more than it says.
    if (typeof tags === 'object' && tags !== null && Object.hasOwn(tags, '__proto__'))
      context.addIssue({ code: 'custom', message: 'a tag of the name __proto__ can not be selected by' });
    return tags;
  },
  z.record(
    z.string(),
    z.union([z.string(), z.array(z.string()).min(1)], {
      error: 'must be a glob or a list of globs, as text: put numbers, true and false in quotes',
    }),
  ),
);

export const selector = strict({
  names: z.array(nameText).min(1).describe('Globs; any of them.').optional(),
  tags: tagGlobs.describe('All of the keys; each value a glob or a list of globs.').optional(),
})
  .refine((value) => value.names !== undefined || Object.keys(value.tags ?? {}).length > 0, {
    error: 'selects nothing in particular: give names, tags or both, or leave the selector out',
  })
  .meta({ minProperties: 1 });
