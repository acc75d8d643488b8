import { z } from 'zod';
import { MAX_LOOKBACK, MIN_LOOKBACK } from './evidence-bounds.js';
import { suggest } from './problem.js';
import { nameText } from './selector-fields.js';
import { duration, strict } from './spec-fields.js';

const ALLOWED = 'must be off, or an object with lookback, max, onExceed, onUnknown and allow';

/** The evidence gate, or `off`. */
export const evidenceFields = z.union(
  [
    z.literal('off'),
    strict({
      lookback: duration(MIN_LOOKBACK, MAX_LOOKBACK)
        .describe('How far back calls without a token count.')
        .prefault('14d'),
      max: z.int().min(0).describe('Calls without a token that a host may have made in that time.').default(0),
      onExceed: z
        .enum(['block', 'fail'])
        .describe('A host with more is left alone (block), or the whole plan is refused (fail).')
        .default('block'),
      onUnknown: z
        .enum(['block', 'fail', 'allow'])
        .describe(
          'The same of a host of which there is no data, or data of less than a quarter of the hours that it is there; allow: it goes ahead.',
        )
        .default('block'),
      allow: z
        .array(nameText)
        .describe(
          'Hosts that go ahead all the same, and are named in the report: globs of a name, of region/name, or of account/region/name.',
        )
        .prefault([]),
    }),
  ],
  {
    error: ({ input }) => {
      const near = typeof input === 'string' ? suggest(input, ['off']) : undefined;
      return near === undefined ? ALLOWED : `${ALLOWED}: did you mean "${near}"?`;
    },
  },
);
