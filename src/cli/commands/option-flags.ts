import { InvalidArgumentError } from 'commander';

/** For `.option(…, parseHopLimit)`. */
export function parseHopLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,2}$/.test(text) && limit >= 1 && limit <= 64) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 to 64.');
}
