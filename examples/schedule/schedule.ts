import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { RolloutSpecInput } from 'lightsail-imds-rollout';
import { InvalidRolloutSpecError, InvalidScheduleError, RolloutSchedules } from 'lightsail-imds-rollout/client';

const spec: RolloutSpecInput = {
  name: 'keep-imdsv2',
  options: { httpTokens: 'required' },
  targets: { regions: ['eu-west-1', 'eu-north-1'], exclude: { tags: { env: 'staging' } } },
  stages: [
    { name: 'canary', size: 1, bake: '2s' },
    { name: 'rest', size: 'rest', bake: '2s' },
  ],
};

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const client = new Client({ connection, namespace });
const schedules = new RolloutSchedules(client);

try {
  // As often as you like, from a deployment say: it creates, changes or leaves alone, and says which.
  const { id, change, differences } = await schedules.save(spec, {
    cron: ['0 3 * * *'],
    timeZone: 'Europe/Stockholm',
    jitter: '10m',
  });
  console.log(`${id}: ${change}`, ...differences);

  const { info } = await schedules.describe(id);
  console.log(`next run: ${info.nextActionTimes[0]?.toISOString()}`);
} catch (error) {
  if (!(error instanceof InvalidRolloutSpecError || error instanceof InvalidScheduleError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await connection.close();
}
