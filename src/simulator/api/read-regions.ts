import { z } from 'zod';
import { REGIONS, ZONE_LETTERS } from '../world/regions.js';
import type { OperationHandler } from './call-context.js';
import { readInput } from './input.js';

const getRegionsInput = z.object({
  includeAvailabilityZones: z.boolean().default(false),
  includeRelationalDatabaseAvailabilityZones: z.boolean().default(false),
});

/** GetRegions. */
export const getRegions: OperationHandler = (_context, input) => {
  const request = readInput(getRegionsInput, input);
  return {
    regions: [...REGIONS].map(([name, { continentCode, displayName }]) => ({
      name,
      continentCode,
      displayName,
      description: `This region is recommended for users near ${displayName}`,
      availabilityZones: request.includeAvailabilityZones ? zonesOf(name) : [],
      relationalDatabaseAvailabilityZones: request.includeRelationalDatabaseAvailabilityZones ? zonesOf(name) : [],
    })),
  };
};

function zonesOf(region: string): object[] {
  return ZONE_LETTERS.map((letter) => ({ zoneName: `${region}${letter}`, state: 'available' }));
}
