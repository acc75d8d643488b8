import type { RolloutSpecInput } from '../../rollout/spec.js';
import type { FaultInput, ScenarioInput } from '../../simulator/index.js';

const OPEN = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;

const REGIONS = ['us-east-1', 'eu-west-1', 'eu-north-1'] as const;

/** Forty instances with IMDSv1 open, of which the owner of one has opted out by tag. */
export function demoScenario(account: string): ScenarioInput {
  return {
    seed: 7,
    latency: { min: 5, max: 30 },
    pending: { min: 300, max: 900 },
    accounts: [{ id: account }],
    fleet: [
      { region: 'us-east-1', prefix: 'web-', count: 14, tags: { app: 'web' }, options: OPEN },
      {
        region: 'us-east-1',
        prefix: 'worker-',
        count: 5,
        tags: { app: 'worker' },
        blueprint: 'debian_12',
        options: OPEN,
      },
      { region: 'eu-west-1', prefix: 'shop-', count: 12, tags: { app: 'shop' }, blueprint: 'wordpress', options: OPEN },
      { region: 'eu-west-1', prefix: 'legacy-', count: 1, tags: { 'imds-rollout': 'skip' }, options: OPEN },
      { region: 'eu-north-1', prefix: 'api-', count: 8, tags: { app: 'api' }, options: OPEN },
    ],
  };
}

/**
 * The first one: IMDSv1 is closed everywhere.
 *
 * @param suffix keeps the workflow ID apart from others' on a server that was running before
 */
export function requireTokens(suffix: string): RolloutSpecInput {
  return demoSpec(`demo-imdsv2${suffix}`, { httpTokens: 'required' });
}

/** The second one: another option over the same fleet, which one instance doesn't bear. */
export function raiseHopLimit(suffix: string): RolloutSpecInput {
  return demoSpec(`demo-hops${suffix}`, { httpPutResponseHopLimit: HOP_LIMIT });
}

export const HOP_LIMIT = 2;

/** This instance is changed as asked, and then fails its status checks. */
export function delicateInstance(region: string, name: string): FaultInput {
  return { operation: 'UpdateInstanceMetadataOptions', region, instance: name, effect: { unhealthy: true } };
}

/** Bakes of seconds instead of hours: long enough to look at the Temporal UI. */
function demoSpec(name: string, options: RolloutSpecInput['options']): RolloutSpecInput {
  return {
    name,
    options,
    targets: { regions: [...REGIONS] },
    stages: [
      { name: 'canary', size: 1, bake: '2s' },
      { name: 'early', size: '10%', bake: '2s' },
      { name: 'rest', size: 'rest' },
    ],
    concurrency: 8,
    failure: { max: 0, revert: 'run' },
    apply: { timeout: '20s', pollInterval: '250ms', maxErrors: 3 },
    health: { interval: '500ms', failureThreshold: 2 },
  };
}
