import { z } from 'zod';
import { ApiError } from '../wire/api-error.js';
import { type OperationHandler, readPage, requireInstance } from './call-context.js';
import { pageToken, readInput, resourceName } from './input.js';
import { renderOperation } from './rendering.js';

const getOperationInput = z.object({ operationId: z.string().regex(/\S/, { error: 'must not be empty' }) });
const getOperationsInput = z.object({ pageToken });
const getOperationsForResourceInput = z.object({ resourceName, pageToken });

/** GetOperation. */
export const getOperation: OperationHandler = (context, input) => {
  const { operationId } = readInput(getOperationInput, input);
  const operation = context.world.operations.find(context.scope, operationId);
  if (!operation) throw new ApiError('NotFoundException', `The Operation does not exist: ${operationId}`);
  return { operation: renderOperation(operation, context.now) };
};

/** GetOperations, from oldest to newest. Its pages are as long as those of instances. */
export const getOperations: OperationHandler = (context, input) => {
  const request = readInput(getOperationsInput, input);
  const { operations } = context.world;
  const page = readPage(context, 'operations', request.pageToken, (after, size) =>
    operations.page(context.scope, after, size),
  );
  return {
    operations: page.items.map((operation) => renderOperation(operation, context.now)),
    nextPageToken: page.nextPageToken,
  };
};

/** GetOperationsForResource; the operations on a deleted instance stay readable. */
export const getOperationsForResource: OperationHandler = (context, input) => {
  const { resourceName: name, pageToken: token } = readInput(getOperationsForResourceInput, input);
  const page = readPage(context, `operations of ${name}`, token, (after, size) => {
    const found = context.world.operations.pageOfResource(context.scope, name, after, size);
    if (found) return found;
    requireInstance(context, name);
    return { items: [], nextAfter: undefined };
  });
  return {
    operations: page.items.map((operation) => renderOperation(operation, context.now)),
    nextPageToken: page.nextPageToken,
  };
};
