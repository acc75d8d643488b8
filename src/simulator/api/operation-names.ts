/** The operations of Lightsail that the simulator answers. */
export const OPERATION_NAMES = [
  'GetInstance',
  'GetInstances',
  'UpdateInstanceMetadataOptions',
  'GetOperation',
  'GetOperations',
  'GetOperationsForResource',
  'GetRegions',
  'GetInstanceMetricData',
] as const;

export type OperationName = (typeof OPERATION_NAMES)[number];

/** The operations of STS that it answers. */
const STS_OPERATION_NAMES = ['GetCallerIdentity', 'AssumeRole'] as const;

export type StsOperationName = (typeof STS_OPERATION_NAMES)[number];

/** All operations, which faults may name. */
export const ALL_OPERATION_NAMES = [...OPERATION_NAMES, ...STS_OPERATION_NAMES] as const;

export type AnyOperationName = OperationName | StsOperationName;

/** The operations that are about one instance, and the input member that names it. */
export const INSTANCE_MEMBER: { readonly [Operation in AnyOperationName]?: string } = {
  GetInstance: 'instanceName',
  UpdateInstanceMetadataOptions: 'instanceName',
  GetOperationsForResource: 'resourceName',
  GetInstanceMetricData: 'instanceName',
};

/** The operations that are about one instance. */
export const INSTANCE_OPERATIONS: readonly AnyOperationName[] = ALL_OPERATION_NAMES.filter(
  (name) => INSTANCE_MEMBER[name] !== undefined,
);

/** The operation that changes something. */
export const UPDATE = 'UpdateInstanceMetadataOptions' satisfies OperationName;

/** The operation that hands out keys. */
export const ASSUME_ROLE = 'AssumeRole' satisfies StsOperationName;

/** Whether the simulator has an operation of Lightsail of this name. */
export function isOperationName(name: string): name is OperationName {
  return OPERATION_NAMES.some((known) => known === name);
}

/** Whether the simulator has an operation of STS of this name. */
export function isStsOperationName(name: string): name is StsOperationName {
  return STS_OPERATION_NAMES.some((known) => known === name);
}
