import { z } from 'zod';
import { INSTANCE_NAME } from '../scenario/fields.js';
import { firstOf } from '../scenario/problems.js';
import { ApiError } from '../wire/api-error.js';

/** A resource name, as the service checks it. */
export const resourceName = z.string().regex(INSTANCE_NAME, { error: 'not a valid resource name' });

export const pageToken = z.string().optional();

/** A call's input without its nulls, which the service takes for members left out. Unknown members are dropped. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(withoutNulls(input));
  if (result.success) return result.data;
  const reasons = firstOf(result.error.issues).map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new ApiError('InvalidInputException', `Input validation failed. ${reasons.join('; ')}`);
}

function withoutNulls(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}
