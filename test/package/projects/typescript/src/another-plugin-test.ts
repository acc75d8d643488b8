import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Payload } from '@temporalio/common';
import { SimplePlugin } from '@temporalio/plugin';
import { LightsailImdsPlugin } from 'lightsail-imds-rollout';
import { RolloutClient } from 'lightsail-imds-rollout/client';
import { openStage } from './stage.js';

/** All that a plugin may bring: an activity, interceptors of activities and workflows, and a data converter. */
function anotherPlugin(seen: Set<string>) {
  const flip = ({ data, metadata }: Payload, isFlipped: boolean) => ({
    metadata: { ...metadata, flipped: Uint8Array.of(isFlipped ? 1 : 0) },
    data: data?.map((byte) => byte ^ 0xff) ?? null,
  });
  return new SimplePlugin({
    name: 'another',
    activities: { greet: async (name: string) => `hello ${name}` },
    dataConverter: {
      payloadCodecs: [
        {
          encode: async (payloads) => payloads.map((payload) => flip(payload, true)),
          // The server makes payloads too, such as the details of a cancellation between two attempts.
          decode: async (payloads) =>
            payloads.map((payload) => (payload.metadata?.flipped?.[0] === 1 ? flip(payload, false) : payload)),
        },
      ],
    },
    workerInterceptors: {
      workflowModules: [fileURLToPath(new URL('./their-interceptors.js', import.meta.url))],
      activity: [
        ({ info }) => ({
          inbound: {
            execute: (input, next) => {
              seen.add(info.activityType);
              return next(input);
            },
          },
        }),
      ],
    },
  });
}

/** Where their interceptors of workflows tell what they see. */
function sinksOf(seen: Set<string>) {
  return { theirs: { seen: { fn: (_info: unknown, type: string) => void seen.add(type), callDuringReplay: false } } };
}

for (const order of ['before', 'behind'] as const) {
  test(`another plugin ${order} ours keeps all that it brings`, async (t) => {
    const { lightsail, taskQueue, spec, client, worker, tokens } = await openStage(t);
    const seen = new Set<string>();
    const ours = new LightsailImdsPlugin({ lightsail });
    const theirs = anotherPlugin(seen);
    const both = await worker({
      workflowsPath: fileURLToPath(new URL('./their-workflows.js', import.meta.url)),
      sinks: sinksOf(seen),
      plugins: order === 'before' ? [theirs, ours] : [ours, theirs],
    });
    const their = client({ plugins: [theirs] });
    await both.runUntil(async () => {
      const args = ['you'];
      const greeting = their.workflow.execute('greetWorkflow', { workflowId: `greet-${taskQueue}`, taskQueue, args });
      const rollout = await new RolloutClient(their).start(spec, { taskQueue });
      assert.equal(await greeting, 'hello you');
      assert.equal((await rollout.result()).status, 'completed');
    });
    assert.deepEqual(tokens(), ['required', 'required']);
    for (const type of ['greet', 'greetWorkflow', 'imdsRollout', 'lightsailImdsApply']) {
      assert.ok(seen.has(type), `their interceptors haven't seen ${type}`);
    }
  });
}

test("another plugin's activities run where nobody has workflows but ours", async (t) => {
  const { lightsail, taskQueue, spec, client, worker, tokens } = await openStage(t);
  const theirs = new SimplePlugin({ name: 'another', activities: { greet: async () => 'hello' } });
  const both = await worker({ plugins: [theirs, new LightsailImdsPlugin({ lightsail })] });
  const outcome = await both.runUntil(async () => {
    const rollout = await new RolloutClient(client()).start(spec, { taskQueue });
    return rollout.result();
  });
  assert.equal(outcome.status, 'completed');
  assert.deepEqual(tokens(), ['required', 'required']);
});

test("another plugin's interceptors see our workflows where nobody else has any", async (t) => {
  const { lightsail, taskQueue, spec, client, worker } = await openStage(t);
  const seen = new Set<string>();
  const theirs = anotherPlugin(seen);
  // The other way round the SDK itself leaves them out: when it asks, there are no workflows yet.
  const both = await worker({ plugins: [new LightsailImdsPlugin({ lightsail }), theirs], sinks: sinksOf(seen) });
  await both.runUntil(async () => {
    const rollout = await new RolloutClient(client({ plugins: [theirs] })).start(spec, { taskQueue });
    assert.equal((await rollout.result()).status, 'completed');
  });
  assert.ok(seen.has('imdsRollout'));
});
