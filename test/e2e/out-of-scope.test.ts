import { describe, it } from 'vitest';
import { collectReport } from '../../src/client/index.js';
import type { Lightsail } from '../../src/lightsail/index.js';
import { describeOutcome } from '../../src/rollout/outcome.js';
import { names, ONE_STAGE, reasonOf, reported, roll } from '../support/rollouts.js';
import { createWorld } from '../support/world.js';

/** Lists some instances under ARNs of their own making. */
function listing(arns: (own: string) => Readonly<Record<string, string>>) {
  return (lightsail: Lightsail): Lightsail => ({
    ...lightsail,
    getInstances: async (request, call) => {
      const reply = await lightsail.getInstances(request, call);
      const instances = (reply.instances ?? []).map((instance) => {
        const arn = arns(instance.arn ?? '')[instance.name ?? ''];
        return arn === undefined ? instance : { ...instance, arn };
      });
      return { ...reply, instances };
    },
  });
}

describe.concurrent('an instance whose ARN is not of the place that was listed', () => {
  it('is blocked and named in plan, status, result and report, and nothing is written to either', async ({
    onTestFinished,
    expect,
  }) => {
    const regions = ['us-east-1', 'eu-west-1'];
    const intercept = listing((own) => ({
      'web-2': own.replace('us-east-1', 'eu-west-1'),
      'web-3': own.replace(/:\d{12}:/, ':999988887777:'),
      'web-4': 'web-4',
    }));
    const world = await createWorld({ onTestFinished, regions, fleet: 5, intercept });
    const changes = { ...ONE_STAGE, targets: { regions: ['us-east-1'] } };
    const wanted = {
      'web-2': 'blocked(out-of-scope)',
      'web-3': 'blocked(out-of-scope)',
      'web-4': 'blocked(out-of-scope)',
    };
    const { taskQueue, rollouts } = world;
    const { settled } = await rollouts.plan(world.spec(changes), { taskQueue });
    expect(Object.fromEntries(settled.map(({ name, outcome }) => [name, describeOutcome(outcome)]))).toEqual(wanted);

    const outcome = await roll(world, changes);
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 2, blocked: 3, total: 5 } } });
    expect(reported(outcome)).toEqual(wanted);
    expect(reasonOf(outcome, 'web-2')).toBe('it is listed in us-east-1, and its ARN is of eu-west-1');
    expect(reasonOf(outcome, 'web-3')).toContain('its ARN is of account 999988887777');
    expect(reasonOf(outcome, 'web-4')).toContain('its ARN is none of an instance');
    expect(
      world
        .updates()
        .map(({ region, instanceName }) => `${region}/${instanceName}`)
        .sort(),
    ).toEqual(['us-east-1/web-1', 'us-east-1/web-5']);

    const workflowId = `imds-rollout-${world.spec().name}`;
    const report = await collectReport(world.client, { workflowId });
    const rows = report.instances.filter(({ outcome: end }) => end === 'blocked(out-of-scope)');
    expect(rows.map(({ name }) => name).sort()).toEqual(names(4).slice(1));
    expect(report.gaps).toEqual([]);
  });
});
