import { expect, it, onTestFinished } from 'vitest';
import { chooseAddress, HEALTH, METRICS } from '../../src/cli/listen-address.js';
import { jsonLogLine, prettyLogLine } from '../../src/cli/render/log-line.js';
import { hideSecrets } from '../../src/cli/render/redact.js';
import { chooseDeployment } from '../../src/cli/worker-deployment.js';
import { RolloutClient } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';

import { temporal } from '../support/temporal.js';
import { makeCertificates, openGateway, SERVER_NAME } from '../support/tls-gateway.js';
import { until } from '../support/wait.js';
import { startFleet } from './processes.js';
import { runCommand, startCommand, temporaryFile } from './support.js';

const API_KEY = 'KEEP0UT-api-key-of-a-worker';

function quick(name: string): RolloutSpecInput {
  return {
    name,
    options: { httpTokens: 'required' },
    targets: { regions: ['us-east-1'] },
    evidence: 'off',
    stages: [{ name: 'all', size: 'rest' }],
  };
}

it('a worker in production: TLS, a version of a deployment, a JSON log, and health that says how it stands', async () => {
  const fleet = await startFleet({ count: 2 });
  const { address, namespace, client } = temporal();
  const certificates = await makeCertificates();
  const gateway = await openGateway(address, { certificates, mutual: true, apiKey: API_KEY });
  onTestFinished(() => gateway.close());
  const ca = await temporaryFile('ca.pem', certificates.ca);
  const cert = await temporaryFile('client.pem', certificates.client.cert);
  const key = await temporaryFile('client.key', certificates.client.key);
  const deployment = `deployment-${fleet.account}`;
  const flags = [
    ...['--task-queue', fleet.taskQueue, '--log-format', 'json', '--health-port', '0', '--identity', 'me'],
    ...['--deployment-name', deployment, '--build-id', 'build.7', '--tls-server-name', SERVER_NAME],
    ...['--address', gateway.address, '--namespace', namespace],
  ];
  const env = {
    ...fleet.env,
    TEMPORAL_API_KEY: API_KEY,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca,
    TEMPORAL_TLS_CLIENT_CERT_PATH: cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: key,
  };
  const worker = startCommand(['worker', ...flags], { env });
  await worker.says(/Health: .*\/readyz/);
  const [url = ''] = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(worker.stderr()) ?? [];
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`${url}${path}`, { method });
    return `${response.status} ${(await response.text()).trim()}`;
  };
  expect(await ask('/readyz')).toBe('503 starting');
  expect(await Promise.all([ask('/livez'), ask('/'), ask('/livez', 'POST'), ask('/livez', 'HEAD')])).toEqual([
    '200 alive',
    '404 not here: /livez and /readyz',
    '405 GET or HEAD',
    '200 ',
  ]);
  await worker.says(/set-current-version --deployment-name deployment-\d+ --build-id build\.7/);
  expect(await ask('/readyz')).toBe('200 ready');

  const own = await client();
  const { workflow, workflowService } = own;
  const version = { namespace, deploymentName: deployment, buildId: 'build.7' };
  await until(() => workflowService.setWorkerDeploymentCurrentVersion(version));
  const rollouts = new RolloutClient(own);
  const rollout = await rollouts.start(quick(fleet.name), { taskQueue: fleet.taskQueue });
  expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
  const { raw } = await workflow.getHandle(rollout.workflowId).describe();
  expect(raw.workflowExecutionInfo?.versioningInfo).toMatchObject({
    // Pinned (temporal/api/enums/v1/workflow.proto).
    behavior: 1,
    deploymentVersion: { deploymentName: deployment, buildId: 'build.7' },
  });
  for (const queue of [fleet.taskQueue, `${fleet.taskQueue}-control`]) {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType: 2,
    });
    const identity = expect.stringMatching(/^me( lightsail-imds-rollout\/[\d.]+)?$/);
    expect(pollers).toMatchObject([{ identity, deploymentOptions: { buildId: 'build.7' } }]);
  }

  await gateway.cut();
  await until(async () => expect(await ask('/readyz')).toBe('503 the Temporal server does not answer'));
  expect(await ask('/livez')).toBe('200 alive');
  await gateway.restore();
  await until(async () => expect(await ask('/readyz')).toBe('200 ready'));

  await fleet.holdChanges();
  const again = { ...quick(fleet.name), options: { httpPutResponseHopLimit: 2 } };
  await rollouts.start(again, { taskQueue: fleet.taskQueue });
  await until(async () => expect((await fleet.calls('UpdateInstanceMetadataOptions')).length).toBeGreaterThan(2));
  worker.signal('SIGTERM');
  await until(async () => expect(await ask('/readyz')).toBe('503 draining'));
  worker.signal('SIGTERM');
  const end = await worker.ended;
  expect(end).toMatchObject({ code: 143, stdout: '' });
  const lines: unknown[] = end.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const line of lines) {
    expect(line).toMatchObject({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: expect.stringMatching(/^(info|warn|error)$/),
      message: expect.any(String),
    });
  }
  expect(lines.at(-1)).toMatchObject({ message: expect.stringMatching(/^SIGTERM: finishing/) });
  await workflow.getHandle(rollout.workflowId).terminate('by the test');
});

it('workers whose calls are paced share the changes of a rollout: each uses its share of the rate', async () => {
  const fleet = await startFleet({ count: 20 });
  const { address, namespace, client } = temporal();
  const config = await temporaryFile('worker.json', JSON.stringify({ pacing: { ratePerSecond: 50, burst: 50 } }));
  for (const identity of ['one', 'two']) {
    const flags = ['--task-queue', fleet.taskQueue, '--address', address, '--namespace', namespace];
    const worker = startCommand(['worker', ...flags, '--config', config, '--identity', identity], { env: fleet.env });
    await worker.says(/Worker polls/);
  }
  const own = await client();
  const spec: RolloutSpecInput = { ...quick(fleet.name), concurrency: 4, apply: { pollInterval: '100ms' } };
  const rollout = await new RolloutClient(own).start(spec, { taskQueue: fleet.taskQueue });
  expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 20 } } });
  const batch = own.workflow.getHandle(`${rollout.workflowId}/${rollout.runId?.slice(0, 8)}/all/1`);
  const { events } = await batch.fetchHistory();
  const by = events?.flatMap(({ activityTaskStartedEventAttributes: started }) => started?.identity ?? []) ?? [];
  expect(by).toHaveLength(20);
  expect(new Set(by)).toEqual(new Set(['one', 'two']));
});

it('an error that ends a worker is a line of its JSON log, with its exit code', async () => {
  const flags = ['--log-format', 'json', '--address', '127.0.0.1:1'];
  const end = await runCommand(['worker', ...flags]);
  expect(end).toMatchObject({ code: 5, stdout: '' });
  expect(JSON.parse(end.stderr)).toMatchObject({
    level: 'error',
    message: expect.stringMatching(/^No Temporal server answers at 127\.0\.0\.1:1 \(connection refused\)/),
    attributes: { type: 'NoServer' },
  });
});

it('a line of the log is one object whatever is in it, and holds no credentials', () => {
  hideSecrets(['an api key']);
  const loop: Record<string, unknown> = { count: 3n, text: 'key AKIAIOSFODNN7EXAMPLE' };
  loop.itself = loop;
  const error = new TypeError('refused: an api key', { cause: new Error('below') });
  const entry = { at: new Date(0), level: 'WARN', message: 'with an api key\nand more', attributes: { loop, error } };
  const line = jsonLogLine(entry);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toMatchObject({
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    message: 'with [redacted]\nand more',
    attributes: {
      loop: { count: '3', text: 'key [redacted]', itself: '[shown before]' },
      error: { name: 'TypeError', message: 'refused: [redacted]', cause: { message: 'below' } },
    },
  });
  expect(prettyLogLine(entry)).toMatch(/^1970-01-01T00:00:00\.000Z \[WARN\] with \[redacted\]\nand more \{/);
  expect(prettyLogLine(entry)).not.toMatch(/api key|AKIA/);
});

it('a port alone is one of loopback, and 0 is a free one where it can be told', async () => {
  expect(await chooseAddress(HEALTH, undefined, undefined)).toBeUndefined();
  expect(await chooseAddress(HEALTH, '[::1]:0', undefined)).toBe('[::1]:0');
  expect(await chooseAddress(HEALTH, undefined, 0)).toBe('127.0.0.1:0');
  expect(await chooseAddress(METRICS, undefined, 9464)).toBe('127.0.0.1:9464');
  await expect(chooseAddress(METRICS, undefined, 0)).rejects.toThrow('--metrics-port must be a port that others');
  await expect(chooseAddress(HEALTH, '8086', undefined)).rejects.toThrow('--health must be host:port, such as 127');
});

it.each([
  ['no flag', {}, {}, undefined],
  ['both flags', { deploymentName: 'ns/d', buildId: '1.0' }, {}, { name: 'ns/d', buildId: '1.0' }],
  ['the name alone', { deploymentName: 'd' }, {}, { name: 'd', buildId: expect.stringMatching(/^\d+\.\d+\.\d+/) }],
  [
    'the environment that a controller sets',
    {},
    { TEMPORAL_DEPLOYMENT_NAME: 'd', TEMPORAL_WORKER_BUILD_ID: 'b' },
    { name: 'd', buildId: 'b' },
  ],
  [
    'the behavior too',
    { deploymentName: 'd', buildId: 'b', versioningBehavior: 'auto-upgrade' as const },
    {},
    { name: 'd', buildId: 'b', behavior: 'auto-upgrade' },
  ],
  ['half of that', {}, { TEMPORAL_DEPLOYMENT_NAME: 'd' }, undefined],
])('the version of a deployment is taken from %s', (_, flags, env, expected) => {
  expect(chooseDeployment(flags, env)).toEqual(expected);
});

it.each([
  [{ buildId: '1' }, /add --deployment-name/],
  [{ deploymentName: 'a.b' }, /--deployment-name must be a name without blanks, colons and dots, and not "a\.b"/],
  [{ deploymentName: 'a', buildId: 'a b' }, /--build-id must be/],
])('%j is refused', (flags, says) => {
  expect(() => chooseDeployment(flags, {})).toThrow(says);
});
