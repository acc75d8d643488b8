import { z } from 'zod';
import type { SimulatedInstance } from '../world/instance.js';
import { type OperationHandler, readPage, requireInstance } from './call-context.js';
import { pageToken, readInput, resourceName } from './input.js';
import { renderHealth } from './render-health.js';
import { renderInstance } from './rendering.js';

const includeHealthStatus = z.boolean().default(false);

const getInstanceInput = z.object({ instanceName: resourceName, includeHealthStatus });
const getInstancesInput = z.object({ pageToken, includeHealthStatus });

/** GetInstance. */
export const getInstance: OperationHandler = (context, input) => {
  const request = readInput(getInstanceInput, input);
  const instance = requireInstance(context, request.instanceName);
  return { instance: render(instance, request.includeHealthStatus, context.now) };
};

/** GetInstances, in the order of creation. */
export const getInstances: OperationHandler = (context, input) => {
  const request = readInput(getInstancesInput, input);
  const { fleet } = context.world;
  const page = readPage(context, 'instances', request.pageToken, (after, size) =>
    fleet.page(context.scope, after, size),
  );
  return {
    instances: page.items.map((instance) => render(instance, request.includeHealthStatus, context.now)),
    nextPageToken: page.nextPageToken,
  };
};

function render(instance: SimulatedInstance, withHealth: boolean, now: number): object {
  const rendered = renderInstance(instance, now);
  return withHealth ? Object.assign(rendered, renderHealth(instance, now)) : rendered;
}
