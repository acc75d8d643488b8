import { z } from 'zod';

/** What `doctor --json` prints. */
export const doctorJsonSchema = z.strictObject({
  findings: z
    .array(
      z.strictObject({
        check: z.enum([
          'credentials',
          'clock',
          'region',
          'permission',
          'temporal',
          'one-writer',
          'retention',
          'worker',
          'run',
          'schedule',
          'live-test',
        ]),
        state: z.enum(['ok', 'warning', 'failure']),
        what: z.string(),
        remedy: z.string().exactOptional().describe('missing where nothing is to be done'),
      }),
    )
    .readonly(),
});

export type Finding = z.infer<typeof doctorJsonSchema>['findings'][number];

/** What `demo --json` prints. */
export const demoJsonSchema = z.strictObject({
  ok: z.boolean().describe('both rollouts ended as they should, and every instance is as it should be'),
  seconds: z.int(),
  uiUrl: z.string().exactOptional(),
  rollouts: z.array(z.strictObject({ workflowId: z.string(), expected: z.string(), ended: z.string() })).readonly(),
  regions: z
    .array(
      z.strictObject({
        region: z.string(),
        instances: z.int(),
        hardened: z.int(),
        leftAlone: z.int(),
        raised: z.int(),
        restored: z.int(),
      }),
    )
    .readonly(),
  problems: z.array(z.string()).readonly(),
});

export type DemoJson = z.infer<typeof demoJsonSchema>;

/** The one line that `simulator` prints. */
export const simulatorJsonSchema = z.strictObject({
  url: z.string(),
  env: z.record(z.string(), z.string()).describe('what leads an AWS client to it'),
});

/** What `iam-policy` prints. */
export const iamPolicyJsonSchema = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(z.looseObject({ Effect: z.literal('Allow'), Action: z.union([z.string(), z.array(z.string())]) })),
});

/** What `schema` prints. */
export const schemaJsonSchema = z.looseObject({ $schema: z.string(), title: z.string() }).describe('a JSON Schema');

/** What any command prints that fails. */
export const errorJsonSchema = z.strictObject({
  error: z.strictObject({
    type: z.string().describe('stable, such as InvalidRolloutSpec, NoServer, NoWorker; Unexpected for any other'),
    message: z.string(),
  }),
});

export type ErrorJson = z.infer<typeof errorJsonSchema>;
