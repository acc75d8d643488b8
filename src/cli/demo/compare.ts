import { isDeepStrictEqual } from 'node:util';
import type { Call, InstanceView } from '../../simulator/index.js';
import { HOP_LIMIT } from './scenario.js';

/** What was read back from the simulator of one region, instance by instance. */
interface RegionFindings {
  readonly region: string;
  readonly instances: number;
  /** The first rollout: httpTokens is required now, and was optional. */
  readonly hardened: number;
  /** The first rollout: just as before it. */
  readonly leftAlone: number;
  /** The second rollout: the hop limit was raised on the way. */
  readonly raised: number;
  /** The second rollout: raised, and just as before it now. */
  readonly restored: number;
}

/** The instances before the first rollout, between the two, and after the second; and the calls of the second. */
export interface DemoReadings {
  readonly before: readonly InstanceView[];
  readonly between: readonly InstanceView[];
  readonly after: readonly InstanceView[];
  readonly calls: readonly Call[];
}

export interface DemoFindings {
  readonly regions: readonly RegionFindings[];
  /** Instances that are not as they should be; empty when all went well. */
  readonly problems: readonly string[];
}

/** Compares every instance with what it was: nothing is taken from what the rollouts say of themselves. */
export function compareReadings({ before, between, after, calls }: DemoReadings): DemoFindings {
  const raised = new Set(calls.filter(isRaise).map(({ region, instanceName }) => `${region}/${instanceName}`));
  const rows = before.map((instance) => {
    const hardenedNow = find(between, instance);
    const last = find(after, instance);
    const label = `${instance.region}/${instance.name}`;
    const wanted = { ...instance.metadataOptions, httpTokens: 'required' };
    return {
      region: instance.region,
      label,
      optedOut: instance.tags['imds-rollout'] === 'skip',
      hardened: isDeepStrictEqual(settled(hardenedNow), settled({ ...instance, metadataOptions: wanted })),
      untouched: isDeepStrictEqual(settled(hardenedNow), settled(instance)),
      raised: raised.has(label),
      back: isDeepStrictEqual(settled(last), settled(hardenedNow)),
    };
  });
  const regions = [...new Set(rows.map(({ region }) => region))].map((region): RegionFindings => {
    const own = rows.filter((row) => row.region === region);
    const having = (test: (row: (typeof rows)[number]) => boolean) => own.filter(test).length;
    return {
      region,
      instances: own.length,
      hardened: having((row) => row.hardened),
      leftAlone: having((row) => row.untouched),
      raised: having((row) => row.raised),
      restored: having((row) => row.raised && row.back),
    };
  });
  const problems = rows.flatMap((row) => [
    ...(row.optedOut && !row.untouched ? [`${row.label} has opted out, and was changed by the first rollout`] : []),
    ...(!row.optedOut && !row.hardened ? [`${row.label} was not changed as asked by the first rollout`] : []),
    ...(row.back ? [] : [`${row.label} is not as it was before the second rollout`]),
  ]);
  if (raised.size === 0) problems.push('the second rollout changed nothing, so its way back proves nothing');
  return { regions, problems };
}

function find(instances: readonly InstanceView[], { arn }: InstanceView): InstanceView | undefined {
  return instances.find((instance) => instance.arn === arn);
}

type Comparable = Pick<InstanceView, 'arn' | 'tags' | 'state'> & { readonly metadataOptions: object | null };

/** All of an instance that a rollout could have changed; `undefined` members are as good as missing ones. */
function settled(instance: Comparable | undefined): unknown {
  if (instance === undefined) return undefined;
  const { arn, tags, state, metadataOptions } = instance;
  return JSON.parse(JSON.stringify({ arn, tags, state, metadataOptions: sorted(metadataOptions) }));
}

function sorted(options: object | null): object | null {
  return options && Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An update that took effect and asked for the second rollout's value. */
function isRaise({ status, error, input }: Call): boolean {
  if (status !== 200 || error !== null || typeof input !== 'object' || input === null) return false;
  return 'httpPutResponseHopLimit' in input && input.httpPutResponseHopLimit === HOP_LIMIT;
}
