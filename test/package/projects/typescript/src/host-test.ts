import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import { DefaultLogger, type LogEntry, NativeConnection, Runtime } from '@temporalio/worker';
import { LightsailImdsPlugin } from 'lightsail-imds-rollout';
import { RolloutClient } from 'lightsail-imds-rollout/client';
import { openStage } from './stage.js';

const lines: LogEntry[] = [];
Runtime.install({ logger: new DefaultLogger('INFO', (line) => void lines.push(line)) });

const workflowsPath = fileURLToPath(new URL('./their-workflows.js', import.meta.url));

test('runUntil gives its result, rejects with its rejection, and run ends at a shutdown at once', async (t) => {
  const { lightsail, worker } = await openStage(t);
  const plugins = [new LightsailImdsPlugin({ lightsail })];
  assert.equal(await (await worker({ plugins })).runUntil(async () => 'done'), 'done');
  await assert.rejects((await worker({ plugins })).runUntil(Promise.reject(new Error('theirs'))), {
    message: 'theirs',
  });
  const stopped = await worker({ plugins });
  const run = stopped.run();
  stopped.shutdown();
  await run;
});

test('every activity of both queues has a span and passes the auth interceptor, once', async (t) => {
  const { lightsail, taskQueue, spec, client, worker } = await openStage(t);
  const exporter = new InMemorySpanExporter();
  const spanProcessor = new SimpleSpanProcessor(exporter);
  const provider = new BasicTracerProvider({ spanProcessors: [spanProcessor] });
  const tracing = new OpenTelemetryPlugin({
    resource: new Resource({}),
    spanProcessor,
    tracer: provider.getTracer('theirs'),
  });
  const allowed: string[] = [];
  const host = await worker({
    workflowsPath,
    identity: 'my-worker',
    plugins: [new LightsailImdsPlugin({ lightsail }), tracing],
    interceptors: {
      activity: [
        ({ info }) => ({
          inbound: {
            execute: (input, next) => {
              allowed.push(`${info.taskQueue.replace(taskQueue, '')} ${info.activityType}`);
              return next(input);
            },
          },
        }),
      ],
    },
  });
  lines.length = 0;
  await host.runUntil(async () => {
    const rollout = await new RolloutClient(client({ plugins: [tracing] })).start(spec, { taskQueue });
    assert.equal((await rollout.result()).status, 'completed');
  });
  const spans = exporter.getFinishedSpans().flatMap(({ name }) => /^RunActivity:(.*)/.exec(name)?.[1] ?? []);
  assert.deepEqual(spans.sort(), allowed.map((each) => each.split(' ')[1]).sort());
  for (const each of [' lightsailImdsApply', '-control lightsailImdsInspectLeases']) {
    assert.ok(allowed.includes(each), `${each} hasn't been seen among ${allowed.join(', ')}`);
  }
  const said = lines.map(({ message }) => message);
  const warning = said.findIndex((message) => message.startsWith('No workflows registered'));
  const explained = said.findIndex((message) => message.includes('It needs no workflows there'));
  assert.ok(explained >= 0 && explained < warning, 'the warning of the SDK is not explained');
});

test('one plugin on two connections serves rollouts on both', async (t) => {
  const { lightsail, taskQueue, client, spec, worker, tokens } = await openStage(t);
  const address = process.env.TEMPORAL_ADDRESS ?? 'localhost:7233';
  const second = await NativeConnection.connect({ address });
  const plugins = [new LightsailImdsPlugin({ lightsail })];
  const [one, two] = [await worker({ plugins }), await worker({ plugins, connection: second })];
  await two.runUntil(async () => {
    await one.runUntil(async () => 'done');
    const rollout = await new RolloutClient(client()).start(spec, { taskQueue });
    assert.equal((await rollout.result()).status, 'completed');
  });
  await second.close();
  assert.deepEqual(tokens(), ['required', 'required']);
});

test('a worker whose workflows lack ours does not start, and says what to add', async (t) => {
  const { lightsail, worker } = await openStage(t);
  const forgetful = fileURLToPath(new URL('./forgetful-workflows.js', import.meta.url));
  await assert.rejects(worker({ workflowsPath: forgetful, plugins: [new LightsailImdsPlugin({ lightsail })] }), {
    message: /lack imdsHealthCheck, [\s\S]*export \* from 'lightsail-imds-rollout\/workflows'/,
  });
});
