import { INSTANCE_STATES, type SimulatedInstance } from '../world/instance.js';
import type { SimulatedOperation } from '../world/operation-log.js';
import { readOptions } from '../world/option-change.js';
import { ZONE_LETTERS } from '../world/regions.js';

/** An instance in the service's shape. */
export function renderInstance(instance: SimulatedInstance, now: number): object {
  const { name, region, sequence, state, blueprint } = instance;
  const [high, low] = [(sequence >> 8) & 255, sequence & 255];
  return {
    name,
    arn: instance.arn,
    supportCode: `${instance.account}/i-${sequence.toString(16).padStart(17, '0')}`,
    createdAt: epochSeconds(instance.createdAt),
    location: location(region),
    resourceType: 'Instance',
    tags: Object.entries(instance.tags).map(([key, value]) => ({ key, value })),
    blueprintId: blueprint,
    blueprintName: blueprint,
    bundleId: 'micro_3_0',
    addOns: [],
    isStaticIp: false,
    privateIpAddress: `172.26.${high}.${low}`,
    // The network for benchmarks (RFC 2544): addresses that belong to nobody.
    publicIpAddress: `198.${18 + ((sequence >> 16) & 1)}.${high}.${low}`,
    ipAddressType: 'ipv4',
    hardware: { cpuCount: 2, ramSizeInGb: 1, disks: [] },
    networking: { monthlyTransfer: { gbPerMonthAllocated: 2048 }, ports: [] },
    state: { code: INSTANCE_STATES[state], name: state },
    username: 'ec2-user',
    sshKeyName: 'LightsailDefaultKeyPair',
    metadataOptions: readOptions(instance.change, now),
  };
}

/** An operation in the service's shape, in the status it has by now. */
export function renderOperation(operation: SimulatedOperation, now: number): object {
  const { id, resourceName, region, createdAt, endsAt, failure } = operation;
  const isTerminal = failure !== undefined || now >= endsAt;
  return {
    id,
    resourceName,
    resourceType: 'Instance',
    createdAt: epochSeconds(createdAt),
    location: location(region),
    isTerminal,
    operationDetails: '',
    operationType: 'UpdateInstanceMetadataOptions',
    status: failure ? 'Failed' : isTerminal ? 'Succeeded' : 'Started',
    statusChangedAt: epochSeconds(isTerminal && !failure ? endsAt : createdAt),
    ...failure,
  };
}

function location(region: string): object {
  return { availabilityZone: `${region}${ZONE_LETTERS[0]}`, regionName: region };
}

/** Timestamps go over the wire in seconds; ISO text makes the SDK throw. */
export function epochSeconds(ms: number): number {
  return ms / 1000;
}
