import { z } from 'zod';
import { rolloutJsonSchema } from './outcome.js';
import { optionsSchema, placeSchema } from './parts.js';

/** What `rollback --json` prints with --dry-run, or where there is nothing to take back. */
const undoJsonSchema = z.strictObject({
  targets: z
    .array(
      placeSchema.extend({
        stage: z.string(),
        now: optionsSchema.describe('as the rollout has left the fields that it changed'),
        back: optionsSchema.describe('what they go back to'),
      }),
    )
    .readonly(),
  toImdsV1: z.int().describe('how many of them let tokenless requests in again'),
  warnings: z.array(z.string()).readonly(),
});

export type UndoJson = z.infer<typeof undoJsonSchema>;

export const rollbackJsonSchema = z.union([rolloutJsonSchema, undoJsonSchema]);
