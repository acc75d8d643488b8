import type { ScenarioInput } from './schema.js';

/** The scenario of a simulator that is given none: a small fleet in three regions, with the delays of a real service. */
export const DEFAULT_SCENARIO: ScenarioInput = {
  seed: 7,
  latency: { min: 5, max: 20 },
  pending: { min: 200, max: 800 },
  fleet: [
    { region: 'us-east-1', prefix: 'web-', count: 24, tags: { env: 'prod', role: 'web' } },
    { region: 'us-east-1', prefix: 'worker-', count: 6, tags: { env: 'prod', role: 'worker' } },
    { region: 'eu-west-1', prefix: 'shop-', count: 4, tags: { env: 'prod', role: 'web' } },
    { region: 'eu-west-1', prefix: 'staging-', count: 2, tags: { env: 'staging' }, state: 'stopped' },
    { region: 'eu-north-1', prefix: 'api-', count: 3, tags: { env: 'prod' }, blueprint: 'amazon_linux_2023' },
  ],
};
