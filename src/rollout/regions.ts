import { suggest } from './problem.js';

/** The regions of Lightsail, as the SDK's model names them (client-lightsail 3.1169.0). */
export const LIGHTSAIL_REGIONS: readonly string[] = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-north-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-east-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-south-1'],
  ...['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-5'],
];

/**
 * Why a name is no region of Lightsail, with the one that it is most likely meant to be; undefined where it is one.
 *
 * @example regionProblem('eu-wset-1') // '"eu-wset-1" is no region of Lightsail that this version knows: did you mean "eu-west-1"? …'
 */
export function regionProblem(name: string): string | undefined {
  if (LIGHTSAIL_REGIONS.includes(name)) return undefined;
  const near = suggest(name, LIGHTSAIL_REGIONS);
  const hint = near === undefined ? '.' : `: did you mean "${near}"?`;
  return `"${name}" is no region of Lightsail that this version knows${hint} One that AWS has added since takes unknownRegions: allow`;
}
