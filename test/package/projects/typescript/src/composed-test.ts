import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { LightsailImdsPlugin } from 'lightsail-imds-rollout';
import type { prepareAndHarden } from './composed-workflows.js';
import { openStage } from './stage.js';

test("a user's workflow composes the API's two operations and a rollout as its child", async (t) => {
  const { lightsail, taskQueue, spec, client, worker, tokens } = await openStage(t);
  const composing = await worker({
    workflowsPath: fileURLToPath(new URL('./composed-workflows.js', import.meta.url)),
    plugins: [new LightsailImdsPlugin({ lightsail })],
  });
  const { operation, hops, result } = await composing.runUntil(
    client().workflow.execute<typeof prepareAndHarden>('prepareAndHarden', {
      workflowId: taskQueue,
      taskQueue,
      args: [spec, 'web-1'],
    }),
  );
  assert.deepEqual([operation, hops], ['UpdateInstanceMetadataOptions', 2]);
  assert.equal(result.counts.changed, 2);
  assert.deepEqual(tokens(), ['required', 'required']);
});
