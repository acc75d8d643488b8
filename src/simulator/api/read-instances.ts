import { z } from 'zod';
import { type OperationHandler, readPage, requireInstance } from './call-context.js';
import { pageToken, readInput, resourceName } from './input.js';
import { renderInstance } from './rendering.js';

// A wrong answer would be worse than none.
const includeHealthStatus = z
  .boolean()
  .refine((asked) => !asked, { error: 'not supported by this simulator yet' })
  .optional();

const getInstanceInput = z.object({ instanceName: resourceName, includeHealthStatus });
const getInstancesInput = z.object({ pageToken, includeHealthStatus });

/** GetInstance. */
export const getInstance: OperationHandler = (context, input) => {
  const { instanceName } = readInput(getInstanceInput, input);
  return { instance: renderInstance(requireInstance(context, instanceName), context.now) };
};

/** GetInstances, in the order of creation. */
export const getInstances: OperationHandler = (context, input) => {
  const request = readInput(getInstancesInput, input);
  const { fleet } = context.world;
  const page = readPage(context, 'instances', request.pageToken, (after, size) =>
    fleet.page(context.scope, after, size),
  );
  return {
    instances: page.items.map((instance) => renderInstance(instance, context.now)),
    nextPageToken: page.nextPageToken,
  };
};
