import { proxySinks, type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';

const { theirs } = proxySinks<{ theirs: { seen(type: string): void } }>();

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: (input, next) => {
        theirs.seen(workflowInfo().workflowType);
        return next(input);
      },
    },
  ],
});
