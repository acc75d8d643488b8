import { formatDuration } from './duration.js';
import type { RolloutSpec } from './spec.js';
import { requiresTokens } from './spec-schema.js';

/** Credentials of an instance role live about so long, in milliseconds; software that has some in store fails only then. */
const CREDENTIALS_LIFE = 6 * 3_600_000;

/** What a person should know of a spec before there is a fleet to look at. */
export function warningsOfSpec(spec: RolloutSpec): string[] {
  return requiresTokens(spec) ? bakeWarnings(spec) : [];
}

/** Where no early stage is watched for longer than credentials live. */
export function bakeWarnings({ stages }: Pick<RolloutSpec, 'stages'>): string[] {
  if (stages.slice(0, -1).some(({ bake }) => bake > CREDENTIALS_LIFE)) return [];
  return [
    `No bake before the last stage is longer than ${formatDuration(CREDENTIALS_LIFE)}: where tokens become required, software may go on with the credentials that it has for about so long, and fails only then. Give an earlier stage a bake of 7h.`,
  ];
}
