import type { OperationHandler } from './call-context.js';
import type { OperationName } from './operation-names.js';
import { getInstance, getInstances } from './read-instances.js';
import { getInstanceMetricData } from './read-metrics.js';
import { getOperation, getOperations, getOperationsForResource } from './read-operations.js';
import { getRegions } from './read-regions.js';
import { updateInstanceMetadataOptions } from './update-metadata-options.js';

/** The handler of each operation. */
export const OPERATIONS: Readonly<Record<OperationName, OperationHandler>> = {
  GetInstance: getInstance,
  GetInstances: getInstances,
  UpdateInstanceMetadataOptions: updateInstanceMetadataOptions,
  GetOperation: getOperation,
  GetOperations: getOperations,
  GetOperationsForResource: getOperationsForResource,
  GetRegions: getRegions,
  GetInstanceMetricData: getInstanceMetricData,
};
