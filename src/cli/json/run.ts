import { z } from 'zod';

/** What `run --json` prints: as `start --wait --json`, or an error. */
export const runJsonSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  namespace: z.string(),
  /** Of the server; one of its own ends with the command. */
  address: z.string(),
  taskQueue: z.string(),
  /** `left`: it was ended by a signal, and `run --resume` goes on. `no-worker`: the worker of this process didn't answer. */
  state: z.enum(['ended', 'left', 'no-worker']),
  /** With state `ended`. */
  outcome: z
    .discriminatedUnion('status', [
      z.strictObject({ status: z.literal('completed'), result: z.looseObject({ ended: z.string() }) }),
      z.looseObject({ status: z.literal('failed'), type: z.string(), message: z.string() }),
    ])
    .exactOptional(),
  /** What the process ends with. */
  exitCode: z.int(),
});

export type RunJson = z.infer<typeof runJsonSchema>;
