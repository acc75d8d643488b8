/** A region as GetRegions describes it. */
export interface SimulatedRegion {
  readonly continentCode: string;
  readonly displayName: string;
}

/** The regions the simulator has: those that the SDK's model names (client-lightsail 3.1169.0). */
export const REGIONS: ReadonlyMap<string, SimulatedRegion> = new Map([
  ['us-east-1', { continentCode: 'NA', displayName: 'Virginia' }],
  ['us-east-2', { continentCode: 'NA', displayName: 'Ohio' }],
  ['us-west-1', { continentCode: 'NA', displayName: 'California' }],
  ['us-west-2', { continentCode: 'NA', displayName: 'Oregon' }],
  ['ca-central-1', { continentCode: 'NA', displayName: 'Montreal' }],
  ['sa-east-1', { continentCode: 'SA', displayName: 'São Paulo' }],
  ['eu-west-1', { continentCode: 'EU', displayName: 'Ireland' }],
  ['eu-west-2', { continentCode: 'EU', displayName: 'London' }],
  ['eu-west-3', { continentCode: 'EU', displayName: 'Paris' }],
  ['eu-central-1', { continentCode: 'EU', displayName: 'Frankfurt' }],
  ['eu-north-1', { continentCode: 'EU', displayName: 'Stockholm' }],
  ['eu-south-2', { continentCode: 'EU', displayName: 'Spain' }],
  ['ap-south-1', { continentCode: 'AS', displayName: 'Mumbai' }],
  ['ap-east-1', { continentCode: 'AS', displayName: 'Hong Kong' }],
  ['ap-northeast-1', { continentCode: 'AS', displayName: 'Tokyo' }],
  ['ap-northeast-2', { continentCode: 'AS', displayName: 'Seoul' }],
  ['ap-southeast-1', { continentCode: 'AS', displayName: 'Singapore' }],
  ['ap-southeast-2', { continentCode: 'OC', displayName: 'Sydney' }],
  ['ap-southeast-3', { continentCode: 'AS', displayName: 'Jakarta' }],
  ['ap-southeast-5', { continentCode: 'AS', displayName: 'Malaysia' }],
]);

/** The zones of each region, by their letters. */
export const ZONE_LETTERS = ['a', 'b', 'c'] as const;
