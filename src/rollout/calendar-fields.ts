import { iso, z } from 'zod';
import { strict } from './spec-fields.js';
import { timeZoneProblem } from './time-zones.js';

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day in quotes, from "00:00" to "23:59"');

const timezone = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/, {
    error: 'must be a time zone such as Europe/Stockholm or UTC',
    abort: true,
  })
  .superRefine((name, context) => {
    const message = timeZoneProblem(name);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const day = iso.date('must be a date such as 2026-12-20');

export const windowFields = strict({
  days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1, 'must name at least one day'),
  from: timeOfDay,
  to: timeOfDay.describe('Earlier than from: on the next day.'),
  timezone,
});

export const freezeFields = strict({
  from: day,
  to: day.describe('The last day, which is frozen too.'),
  reason: z.string().min(1).max(200).optional(),
  timezone: timezone.describe('Omitted: UTC.').optional(),
}).refine(({ from, to }) => from <= to, { path: ['to'], error: 'is before from: a freeze ends on its last day' });
