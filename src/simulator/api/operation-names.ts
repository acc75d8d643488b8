/** The operations the simulator answers. */
export const OPERATION_NAMES = [
  'GetInstance',
  'GetInstances',
  'UpdateInstanceMetadataOptions',
  'GetOperation',
  'GetOperations',
  'GetOperationsForResource',
  'GetRegions',
] as const;

export type OperationName = (typeof OPERATION_NAMES)[number];

/** The operations that are about one instance, and the input member that names it. */
export const INSTANCE_MEMBER: { readonly [Operation in OperationName]?: string } = {
  GetInstance: 'instanceName',
  UpdateInstanceMetadataOptions: 'instanceName',
  GetOperationsForResource: 'resourceName',
};

/** The operation that changes something. */
export const UPDATE = 'UpdateInstanceMetadataOptions' satisfies OperationName;

/** Whether the simulator has an operation of this name. */
export function isOperationName(name: string): name is OperationName {
  return OPERATION_NAMES.some((known) => known === name);
}
